import { spawn } from "node:child_process";

export interface CommandResult {
  /** `null` when a signal ended the command. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Both, in the order in which they came. */
  output: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** Text for its standard input, which is closed afterwards. */
  input?: string;
  /** Kills the command when it takes longer. */
  timeoutMs?: number;
  /** Ends the command and rejects when aborted. */
  signal?: AbortSignal;
}

/** Runs a command to its end and collects what it prints. Rejects only when it cannot be started at all. */
export function runCommand(command: string, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { input, timeoutMs, ...spawnOptions } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...spawnOptions, timeout: timeoutMs, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.stdout.on("data", (text: string) => (stdout += text));
    child.stderr.on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr, output }));
    // A command that ends without reading its input breaks the pipe; its exit code says what matters.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
  });
}

/** The last few lines of a command's output, for an error message. */
export function lastLines(output: string, count = 8): string {
  return output.trim().split("\n").slice(-count).join("\n");
}
