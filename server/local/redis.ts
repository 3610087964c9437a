import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@/server/local/free-port";
import { commandLine, endProcess, isAlive } from "@/server/local/process-info";
import { type Progress, silent } from "@/server/local/progress";
import { findRedisBinary, type NoRedis, type RedisBinary } from "@/server/local/redis-binary";
import { pingRedis } from "@/server/local/redis-ping";
import { lastLines } from "@/server/local/run-command";
import { SetupError, saysDiskFull } from "@/server/local/setup-error";

export interface RunningRedis {
  /** `redis://:<password>@127.0.0.1:<port>` */
  url: string;
  port: number;
  pid: number;
  /** e.g. "7.0.15"; `undefined` when the server was running already. */
  version: string | undefined;
  logFile: string;
  /** It was running already. */
  reused: boolean;
  /** Saves and ends the server. Resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface RedisOptions {
  /** Batuta's data folder; the server's own folder is `redis` in it. */
  dataFolder: string;
  /** `false` keeps nothing on disk. Default `true`: an append-only file, flushed every second. */
  persistent?: boolean;
  /** Port to use instead of any free one. */
  port?: number;
  progress?: Progress;
}

interface Address {
  port: number;
  password: string;
}

const maxLogBytes = 20 * 1024 * 1024;

/** Starts a Redis for a data folder, or takes over the one that still runs there; says why when none can be had. */
export async function startRedis(options: RedisOptions): Promise<RunningRedis | NoRedis> {
  const folder = resolve(options.dataFolder, "redis");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const logFile = join(folder, "redis.log");
  const kept = readAddress(folder);
  const running = await adopt(folder, kept);
  if (running !== undefined) return describe(running.pid, running, undefined, logFile, true);

  const binary = await findRedisBinary(options.dataFolder, options.progress ?? silent);
  if ("reason" in binary) return binary;
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) rmSync(logFile);
  for (let attempt = 1; ; attempt++) {
    // The password stays, so that clients of a server that is started again need not be told anything.
    const password = kept?.password ?? randomBytes(24).toString("base64url");
    const address = { port: options.port ?? (await freePort()), password };
    writeSettings(folder, address, options.persistent ?? true);
    const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    const pid = await launch(binary, folder, logFile);
    if (await becomesReady(pid, address)) return describe(pid, address, binary.version, logFile, false);
    const output = readFileSync(logFile).subarray(logStart).toString("utf8");
    if (attempt >= 5 || !/address already in use/i.test(output)) throw startFailure(output, logFile);
  }
}

function describe(
  pid: number,
  { port, password }: Address,
  version: string | undefined,
  logFile: string,
  reused: boolean,
): RunningRedis {
  const url = `redis://:${password}@127.0.0.1:${port}`;
  return { url, port, pid, version, logFile, reused, stop: () => endProcess(pid, "SIGTERM", 15_000) };
}

/** The settings are a file, not arguments: arguments show in the process list, and the password is among them. */
function writeSettings(folder: string, { port, password }: Address, persistent: boolean): void {
  const lines = [
    "bind 127.0.0.1",
    "protected-mode yes",
    `port ${port}`,
    `requirepass ${password}`,
    "daemonize no",
    "pidfile redis.pid",
    "maxmemory-policy noeviction",
    'save ""',
    `appendonly ${persistent ? "yes" : "no"}`,
    "appendfsync everysec",
    "tcp-keepalive 60",
  ];
  rmSync(join(folder, "redis.pid"), { force: true });
  writeFileSync(join(folder, "redis.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

/** The address that the settings file of an earlier start holds. */
function readAddress(folder: string): Address | undefined {
  const settings = readIfThere(join(folder, "redis.conf"));
  const port = Number(/^port (\d+)$/m.exec(settings)?.[1]);
  const password = /^requirepass (\S+)$/m.exec(settings)?.[1];
  return port > 0 && password !== undefined ? { port, password } : undefined;
}

async function adopt(folder: string, address: Address | undefined): Promise<(Address & { pid: number }) | undefined> {
  const pid = Number(readIfThere(join(folder, "redis.pid")));
  if (address === undefined || !(pid > 0) || !isAlive(pid)) return undefined;
  const { port, password } = address;
  // After a reboot the number may belong to somebody else by now.
  if (!commandLine(pid).includes(`127.0.0.1:${port}`)) return undefined;
  const deadline = Date.now() + 30_000;
  let answer = await pingRedis(port, password);
  while (answer === "loading" && Date.now() < deadline) {
    await delay(50);
    answer = await pingRedis(port, password);
  }
  if (answer === "ready") return { pid, port, password };
  await endProcess(pid, "SIGTERM", 5_000);
  return undefined;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

async function launch(binary: RedisBinary, folder: string, logFile: string): Promise<number> {
  const log = openSync(logFile, "a", 0o600);
  try {
    // Detached, with its log in a file: it outlives a killed launcher, and Ctrl-C reaches it only through us.
    const child = spawn(binary.command, ["redis.conf"], {
      cwd: folder,
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, LC_ALL: "C", ...binary.env },
    });
    const pid = await new Promise<number>((done, reject) => {
      child.once("error", reject);
      child.once("spawn", () => done(child.pid as number));
    });
    child.unref();
    return pid;
  } finally {
    closeSync(log);
  }
}

async function becomesReady(pid: number, { port, password }: Address): Promise<boolean> {
  while (isAlive(pid)) {
    if ((await pingRedis(port, password)) === "ready") return true;
    await delay(10);
  }
  return false;
}

function startFailure(output: string, logFile: string): SetupError {
  if (saysDiskFull(output)) {
    return new SetupError(`The disk is full: Redis could not start (${logFile}).`, "Free some space and start again.");
  }
  return new SetupError(
    `Redis did not start:\n${lastLines(output)}`,
    `Its whole log is in ${logFile}. Or set REDIS_URL to a Redis of your own, or BATUTA_REDIS=off to go without.`,
  );
}
