import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryBeside } from "@/server/local/data-folder";
import type { PostgresBinaries } from "@/server/local/postgres-binaries";
import type { Progress } from "@/server/local/progress";
import { lastLines, runCommand } from "@/server/local/run-command";
import { SetupError, saysDiskFull } from "@/server/local/setup-error";

export const postgresUser = "batuta";
export const postgresDatabase = "batuta";

/** A data directory and the password of its only user. */
export interface Cluster {
  dataDirectory: string;
  password: string;
}

/**
 * Opens the cluster in `folder` (`data/`, `password`), creating it first when there is none. It is made under
 * another name and renamed, so that a kill in the middle leaves nothing half made.
 * `sync: false` skips the flush to disk, for throw-away clusters.
 */
export async function openCluster(
  folder: string,
  binaries: PostgresBinaries,
  sync: boolean,
  progress: Progress,
): Promise<Cluster> {
  const dataDirectory = join(folder, "data");
  const passwordFile = join(folder, "password");
  if (existsSync(join(dataDirectory, "PG_VERSION"))) {
    checkMajor(dataDirectory, binaries.major);
    return { dataDirectory, password: readFileSync(passwordFile, "utf8").trim() };
  }
  progress("Creating the database (once)");
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const password = randomBytes(24).toString("base64url");
  const unfinished = temporaryBeside(dataDirectory);
  // The password is in place before the data is: the data's presence is what says "made".
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    await initialise(unfinished, password, binaries, sync);
    renameSync(unfinished, dataDirectory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return { dataDirectory, password };
}

function checkMajor(dataDirectory: string, major: string): void {
  const found = readFileSync(join(dataDirectory, "PG_VERSION"), "utf8").trim();
  if (found === major) return;
  throw new SetupError(
    `The data in ${dataDirectory} was written by Postgres ${found}; this is Postgres ${major}.`,
    `Move the data over with pg_dump and pg_restore, or set BATUTA_DATA_DIR to an empty folder.`,
  );
}

async function initialise(dataDirectory: string, password: string, binaries: PostgresBinaries, sync: boolean) {
  const { user } = binaries;
  const passwordFile = `${dataDirectory}.password`;
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) {
    chownSync(dataDirectory, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  const settings = ["-U", postgresUser, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "-E", "UTF8"];
  const args = ["-D", dataDirectory, ...settings, "--locale=C.UTF-8", ...(sync ? [] : ["--no-sync"])];
  try {
    await mustSucceed(join(binaries.bin, "initdb"), args, "", dataDirectory, user);
    const single = ["--single", "-D", dataDirectory, "-c", "fsync=off", "postgres"];
    const createDatabase = `CREATE DATABASE ${postgresDatabase};\n`;
    await mustSucceed(join(binaries.bin, "postgres"), single, createDatabase, dataDirectory, user);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function mustSucceed(
  command: string,
  args: string[],
  input: string,
  dataDirectory: string,
  user: PostgresBinaries["user"],
): Promise<void> {
  const result = await runCommand(command, args, { input, cwd: dirname(dataDirectory), timeoutMs: 120_000, ...user });
  const { output } = result;
  if (result.code === 0 && !/^(ERROR|FATAL|PANIC):/m.test(result.stderr)) return;
  if (saysDiskFull(output)) {
    throw new SetupError(
      `The disk is full: the database could not be created in ${dirname(dataDirectory)}.`,
      "It needs about 100 MB. Free some space, or set BATUTA_DATA_DIR to a disk that has room.",
    );
  }
  if (output.includes("could not look up effective user ID")) {
    throw new SetupError(
      `Postgres does not run as a user without a name: user id ${process.getuid?.()} has no entry in /etc/passwd.`,
      "Start Batuta as a user that has one (root will do), or set DATABASE_URL to a Postgres of your own.",
    );
  }
  throw new SetupError(
    `The database could not be created in ${dirname(dataDirectory)}:\n${lastLines(output)}`,
    "Set DATABASE_URL to a Postgres of your own, or mend what the lines above say.",
  );
}
