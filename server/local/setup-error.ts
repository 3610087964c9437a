/** Something this machine lacks or has in the way, told to a person: what is wrong, and what to do about it. */
export class SetupError extends Error {
  override readonly name = "SetupError";

  constructor(
    message: string,
    /** One or more lines saying what to do next. */
    readonly fix: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

const systemFaults: Record<string, [what: string, fix: string]> = {
  ENOSPC: ["The disk is full", "Free some space, or point BATUTA_DATA_DIR to a disk that has room, and start again."],
  EDQUOT: ["The disk quota is used up", "Free some space, or point BATUTA_DATA_DIR elsewhere, and start again."],
  EROFS: ["The folder is on a read-only file system", "Set BATUTA_DATA_DIR to a folder that can be written to."],
  EACCES: [
    "A file or folder may not be used by this user",
    "Check its owner, or set BATUTA_DATA_DIR to another folder.",
  ],
  EMFILE: ["Too many files are open", "Raise the limit with `ulimit -n 4096` and start again."],
};

/** Words for the operating system's own errors; anything that is not one of those comes back unchanged. */
export function explainSystemError(error: unknown): unknown {
  const { code, path, message } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : systemFaults[code];
  if (known === undefined || error instanceof SetupError) return error;
  return new SetupError(`${known[0]}: ${path ?? message}`, known[1], { cause: error });
}

/** Recognises a full disk in the words a child process printed. */
export function saysDiskFull(output: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(output);
}
