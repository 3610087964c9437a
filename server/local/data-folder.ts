import { createHash, randomUUID } from "node:crypto";
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** Whether any user at all may pass through every folder of `path`; parts that do not exist yet do not count. */
export function isTraversableByAll(path: string): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const mode = statSync(folder, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * Where Postgres lives for a data folder. It does not run as root, so when root's folder is closed to others
 * (`/root` usually is) its place is under `/var/lib/batuta`, one for each data folder.
 */
export function postgresFolder(dataFolder: string, isRoot = process.getuid?.() === 0): string {
  if (!isRoot || isTraversableByAll(dataFolder)) return join(resolve(dataFolder), "postgres");
  const hash = createHash("sha256").update(resolve(dataFolder)).digest("hex").slice(0, 16);
  return join("/var/lib/batuta", hash, "postgres");
}

/** A folder of this user's that outlives a checkout, for downloads; falls back to one in the data folder. */
export function cacheFolder(dataFolder: string): string {
  const wanted = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "batuta");
  return isWritableFolder(wanted) ? wanted : join(resolve(dataFolder), "cache");
}

function isWritableFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A name beside `path` that nobody else uses, to write to before renaming into place. */
export function temporaryBeside(path: string): string {
  return `${path}.${process.pid}.${randomUUID().slice(0, 8)}.new`;
}
