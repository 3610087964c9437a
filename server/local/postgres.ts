import { spawn } from "node:child_process";
import { chownSync, closeSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { postgresFolder } from "@/server/local/data-folder";
import { freePort } from "@/server/local/free-port";
import { findPostgresBinaries, type PostgresBinaries } from "@/server/local/postgres-binaries";
import { type Cluster, openCluster, postgresDatabase, postgresUser } from "@/server/local/postgres-cluster";
import { answersAsPostgres, findPostmaster, readPostmaster, removeStalePid } from "@/server/local/postmaster-pid";
import { endProcess, isAlive, waitForExit } from "@/server/local/process-info";
import { type Progress, silent } from "@/server/local/progress";
import { lastLines } from "@/server/local/run-command";
import { SetupError, saysDiskFull } from "@/server/local/setup-error";

export interface RunningPostgres {
  /** `postgres://batuta:…@127.0.0.1:<port>/batuta`; the user is the superuser of this server. */
  url: string;
  port: number;
  /** Process id of the postmaster. */
  pid: number;
  dataDirectory: string;
  logFile: string;
  /** It was running already. */
  reused: boolean;
  /** Fast shutdown: ends open sessions, loses nothing. Resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Batuta's data folder; the server's own folder is derived from it. */
  dataFolder: string;
  /** Folder with `node_modules`. Default: the working directory. */
  projectFolder?: string;
  /**
   * `false` gives a throw-away server that never waits for the disk: it survives being killed, but not a power cut.
   * Default `true`.
   */
  durable?: boolean;
  /** Port to use instead of any free one. */
  port?: number;
  progress?: Progress;
}

const maxConnections = 200;
const maxLogBytes = 20 * 1024 * 1024;

/** Starts the embedded Postgres of a data folder, or takes over the one that still runs there. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const progress = options.progress ?? silent;
  const durable = options.durable ?? true;
  const folder = postgresFolder(options.dataFolder);
  const binaries = findPostgresBinaries(options.projectFolder ?? process.cwd(), progress);
  const cluster = await openCluster(folder, binaries, durable, progress);
  const logFile = join(folder, "postgres.log");

  const running = await adopt(cluster);
  const { pid, port } = running ?? (await startUntilReady(cluster, binaries, logFile, durable, options.port));
  return {
    url: `postgres://${postgresUser}:${cluster.password}@127.0.0.1:${port}/${postgresDatabase}`,
    port,
    pid,
    dataDirectory: cluster.dataDirectory,
    logFile,
    reused: running !== undefined,
    stop: () => stopPostgres(pid),
  };
}

/** SIGINT is the fast shutdown; SIGQUIT leaves recovery to the next start, which beats SIGKILL. */
async function stopPostgres(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, "SIGINT");
  if (await waitForExit(pid, 30_000)) return;
  await endProcess(pid, "SIGQUIT", 5_000);
}

async function adopt(cluster: Cluster): Promise<{ pid: number; port: number } | undefined> {
  const found = findPostmaster(cluster.dataDirectory);
  if (found === undefined) {
    removeStalePid(cluster.dataDirectory);
    return undefined;
  }
  const deadline = Date.now() + 30_000;
  for (;;) {
    const now = findPostmaster(cluster.dataDirectory);
    if (now?.ready && (await answersAsPostgres(now.port))) return now;
    if (now === undefined || Date.now() > deadline) break;
    await delay(50);
  }
  await stopPostgres(found.pid);
  removeStalePid(cluster.dataDirectory);
  return undefined;
}

async function startUntilReady(
  cluster: Cluster,
  binaries: PostgresBinaries,
  logFile: string,
  durable: boolean,
  wantedPort: number | undefined,
): Promise<{ pid: number; port: number }> {
  const deadline = Date.now() + (wantedPort === undefined ? 60_000 : 10_000);
  for (;;) {
    const port = wantedPort ?? (await freePort());
    const logStart = prepareLog(logFile, binaries);
    const pid = await launch(cluster, binaries, logFile, durable, port);
    if (await becomesReady(cluster.dataDirectory, pid)) return { pid, port };
    const output = readFileSync(logFile).subarray(logStart).toString("utf8");
    // Backends of a killed server need a moment to notice, and a free port may have been taken meanwhile.
    const passing = /still in use|Address already in use|is another postmaster/i.test(output);
    if (!passing || Date.now() > deadline) throw startFailure(output, logFile, port);
    await delay(200);
  }
}

/** Returns the length of the log before this start. */
function prepareLog(logFile: string, binaries: PostgresBinaries): number {
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) rmSync(logFile);
  const descriptor = openSync(logFile, "a", 0o640);
  closeSync(descriptor);
  if (binaries.user) chownSync(logFile, binaries.user.uid, binaries.user.gid);
  return statSync(logFile).size;
}

async function launch(
  cluster: Cluster,
  binaries: PostgresBinaries,
  logFile: string,
  durable: boolean,
  port: number,
): Promise<number> {
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: String(maxConnections),
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    ...(durable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openSync(logFile, "a");
  try {
    // Detached, with its log in a file: it outlives a killed launcher, and Ctrl-C reaches it only through us.
    const child = spawn(join(binaries.bin, "postgres"), ["-D", cluster.dataDirectory, "-p", String(port), ...flags], {
      stdio: ["ignore", log, log],
      detached: true,
      cwd: cluster.dataDirectory,
      ...binaries.user,
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => resolve(child.pid as number));
    });
    child.unref();
    return pid;
  } finally {
    closeSync(log);
  }
}

async function becomesReady(dataDirectory: string, pid: number): Promise<boolean> {
  while (isAlive(pid)) {
    const postmaster = readPostmaster(dataDirectory);
    if (postmaster?.pid === pid && postmaster.ready) return true;
    await delay(10);
  }
  return false;
}

function startFailure(output: string, logFile: string, port: number): SetupError {
  if (saysDiskFull(output)) {
    return new SetupError(
      `The disk is full: Postgres could not start (${logFile}).`,
      "Free some space and start again; nothing is lost.",
    );
  }
  if (/Address already in use/i.test(output)) {
    return new SetupError(`Port ${port} is taken: Postgres could not start.`, "Choose another port and start again.");
  }
  return new SetupError(
    `Postgres did not start:\n${lastLines(output)}`,
    `Its whole log is in ${logFile}. Or set DATABASE_URL to a Postgres of your own.`,
  );
}
