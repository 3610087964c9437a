import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { cacheFolder } from "@/server/local/data-folder";
import type { Progress } from "@/server/local/progress";
import {
  canUnpackFromDebian,
  findUnpackedRedis,
  type UnpackedRedis,
  unpackRedisFromDebian,
} from "@/server/local/redis-debian";
import { runCommand } from "@/server/local/run-command";
import { explainSystemError, SetupError } from "@/server/local/setup-error";

/** A Redis server program that runs on this machine. */
export interface RedisBinary {
  command: string;
  /** e.g. "7.0.15" */
  version: string;
  /** Environment it needs to run. */
  env: Record<string, string>;
}

/** Why no Redis could be had, in words for a person. */
export interface NoRedis {
  reason: string;
}

const oldestVersion = [6, 2] as const;

/**
 * Finds a Redis: on PATH (`redis-server`, `valkey-server`), from Homebrew, a copy unpacked earlier, or the
 * distribution's package unpacked into the cache. Never installs anything and never throws for a missing one.
 */
export async function findRedisBinary(dataFolder: string, progress: Progress): Promise<RedisBinary | NoRedis> {
  const reasons: string[] = [];
  for (const command of [...onPath("redis-server"), ...onPath("valkey-server"), ...fromHomebrew()]) {
    const found = await examine(command, {});
    if ("command" in found) return found;
    reasons.push(found.reason);
  }
  const cached = await findCached(dataFolder);
  if (cached !== undefined) return cached;
  if (canUnpackFromDebian()) {
    try {
      return await checkUnpacked(await unpackRedisFromDebian(cacheFolder(dataFolder), progress));
    } catch (error) {
      const told = explainSystemError(error);
      if (!(told instanceof SetupError)) throw error;
      reasons.push(told.message);
    }
  }
  if (reasons.length === 0) reasons.push("no redis-server or valkey-server is on PATH");
  return { reason: reasons.join("; ") };
}

function onPath(name: string): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).filter(isExecutable);
}

/** Homebrew keeps what is not linked out of PATH. */
function fromHomebrew(): string[] {
  if (process.platform !== "darwin") return [];
  return ["/opt/homebrew/opt", "/usr/local/opt"]
    .flatMap((base) => [join(base, "redis/bin/redis-server"), join(base, "valkey/bin/valkey-server")])
    .filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function findCached(dataFolder: string): Promise<RedisBinary | undefined> {
  for (const cache of new Set([cacheFolder(dataFolder), join(resolve(dataFolder), "cache")])) {
    const unpacked = existsSync(cache) ? findUnpackedRedis(cache) : undefined;
    if (unpacked === undefined) continue;
    const found = await examine(unpacked.command, environmentOf(unpacked));
    // A copy that no longer runs (the system was upgraded) is fetched again.
    if ("command" in found) return found;
  }
  return undefined;
}

async function checkUnpacked(unpacked: UnpackedRedis): Promise<RedisBinary | NoRedis> {
  return examine(unpacked.command, environmentOf(unpacked));
}

function environmentOf(unpacked: UnpackedRedis): Record<string, string> {
  return { LD_LIBRARY_PATH: unpacked.libraryPath };
}

/** Runs `--version`: proves that it starts here and is new enough. */
async function examine(command: string, env: Record<string, string>): Promise<RedisBinary | NoRedis> {
  const { stdout, stderr } = await runCommand(command, ["--version"], {
    cwd: dirname(command),
    env: { ...process.env, ...env },
    timeoutMs: 10_000,
  });
  const version = /v=(\d+)\.(\d+)[\d.]*/.exec(stdout);
  if (version === null) return { reason: `${command} does not run here (${stderr.trim().split("\n")[0] ?? ""})` };
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const newEnough = major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1]);
  if (!newEnough) return { reason: `${command} is ${version[0].slice(2)}, older than ${oldestVersion.join(".")}` };
  return { command, version: version[0].slice(2), env };
}
