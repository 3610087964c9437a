import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { temporaryBeside } from "@/server/local/data-folder";
import type { Progress } from "@/server/local/progress";
import { lastLines, runCommand } from "@/server/local/run-command";
import { SetupError, saysDiskFull } from "@/server/local/setup-error";

/** A redis-server that was unpacked into a folder of ours, with the libraries it needs beside it. */
export interface UnpackedRedis {
  command: string;
  libraryPath: string;
}

/** The unpacked copy in `cache`, if there is one. */
export function findUnpackedRedis(cache: string): UnpackedRedis | undefined {
  return describe(join(cache, folderName()));
}

/** Debian, Ubuntu and what is built on them: apt-get can fetch, dpkg-deb can unpack. */
export function canUnpackFromDebian(): boolean {
  return existsSync("/usr/bin/apt-get") && existsSync("/usr/bin/dpkg-deb");
}

/**
 * Fetches the distribution's own redis-server with the libraries this machine lacks and unpacks them into `cache`.
 * Installs nothing, needs no privileges, starts no service.
 */
export async function unpackRedisFromDebian(cache: string, progress: Progress): Promise<UnpackedRedis> {
  const target = join(cache, folderName());
  const unfinished = temporaryBeside(target);
  try {
    for (const part of ["lists/partial", "cache/archives/partial", "packages", "root"]) {
      mkdirSync(join(unfinished, part), { recursive: true });
    }
    await fetchPackages(unfinished, progress);
    progress("Unpacking Redis");
    for (const file of readdirSync(join(unfinished, "packages"))) {
      await mustSucceed("dpkg-deb", ["-x", join(unfinished, "packages", file), join(unfinished, "root")], unfinished);
    }
    for (const part of ["lists", "cache", "packages"]) rmSync(join(unfinished, part), { recursive: true });
    rmSync(target, { recursive: true, force: true });
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  const unpacked = describe(target);
  if (unpacked === undefined) throw new SetupError("The Redis package holds no redis-server.", redisFix);
  return unpacked;
}

const redisFix = "Install Redis 6.2 or newer yourself, or set REDIS_URL.";

/** One folder for each release of the system: the libraries that are missing differ. */
function folderName(): string {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const field = (name: string) => new RegExp(`^${name}="?([\\w.-]+)`, "m").exec(release)?.[1] ?? "unknown";
  return `redis-${field("ID")}-${field("VERSION_ID")}-${process.arch}`;
}

function describe(folder: string): UnpackedRedis | undefined {
  const root = join(folder, "root");
  const command = join(root, "usr/bin/redis-server");
  if (!existsSync(command)) return undefined;
  const libraries = ["usr/lib", "lib"].flatMap((part) => {
    const base = join(root, part);
    if (!existsSync(base)) return [];
    return readdirSync(base)
      .filter((name) => name.includes("-linux-gnu"))
      .map((name) => join(base, name));
  });
  return { command, libraryPath: libraries.join(":") };
}

async function fetchPackages(folder: string, progress: Progress): Promise<void> {
  const options = [
    ["Dir::State::lists", join(folder, "lists")],
    ["Dir::Cache", join(folder, "cache")],
    ["Debug::NoLocking", "1"],
    ["Acquire::Retries", "2"],
    ["Acquire::http::Timeout", "20"],
    // Its own download user could not write into a folder of ours.
    ...(process.getuid?.() === 0 ? [["APT::Sandbox::User", "root"]] : []),
  ].flatMap(([name, value]) => ["-o", `${name}=${value}`]);

  progress("Reading the system's package lists to fetch Redis (a few seconds, once; nothing is installed)");
  await mustSucceed("apt-get", [...options, "update"], folder);
  const wanted = ["install", "-y", "--no-install-recommends", "--print-uris", "redis-server"];
  const plan = await mustSucceed("apt-get", [...options, ...wanted], folder);
  const names = [...plan.matchAll(/^'[^']+' ([^_\s]+)_\S+\.deb /gm)].map((match) => match[1] as string);
  if (!names.includes("redis-server")) {
    throw new SetupError("This system's package lists offer no redis-server.", redisFix);
  }
  progress(`Fetching Redis (${names.length} packages, about 2 MB)`);
  await mustSucceed("apt-get", [...options, "download", ...names], join(folder, "packages"));
}

async function mustSucceed(command: string, args: string[], cwd: string): Promise<string> {
  const env = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  const result = await runCommand(command, args, { cwd, env, timeoutMs: 180_000 });
  const { output } = result;
  if (result.code === 0) return result.stdout;
  if (saysDiskFull(output)) throw new SetupError("The disk is full: Redis could not be unpacked.", "Free some space.");
  const unreachable =
    /could not resolve|failed to fetch|unable to connect|timed out/i.test(output) || result.code === null;
  throw new SetupError(
    unreachable
      ? `The system's package servers cannot be reached, so Redis could not be fetched:\n${lastLines(output, 3)}`
      : `Redis could not be fetched with ${command}:\n${lastLines(output, 4)}`,
    redisFix,
  );
}
