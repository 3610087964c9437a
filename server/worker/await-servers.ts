import { setTimeout as delay } from "node:timers/promises";
import { ConfigError } from "@/server/config";
import type { AskedServers } from "@/server/probes/server-checks";

/** Exit code of a worker whose servers were not there in time: a later start may go well. */
export const SERVERS_AWAY = 69;

/** The servers did not answer before the deadline; the message names the variables. */
export class ServersAwayError extends Error {
  override readonly name = "ServersAwayError";
}

const AGAIN_MS = 500;
const TELL_EVERY_MS = 5_000;
/** Wrong password, wrong user, a database that is not there: waiting will not mend it. */
const REFUSED = /^(?:28|3D)/;

/**
 * Waits until the database answers with all migrations of this build, and Redis answers, or the other processes do
 * without it too. Throws a ConfigError at once when the database refuses us, a ServersAwayError after `deadlineMs`.
 */
export async function awaitServers(
  servers: AskedServers & { transportMode: () => Promise<"redis" | "postgres"> },
  options: { deadlineMs: number; stop: AbortSignal; onWaiting: (problems: string[]) => void },
): Promise<void> {
  const until = performance.now() + options.deadlineMs;
  let toldAt = Number.NEGATIVE_INFINITY;
  while (true) {
    options.stop.throwIfAborted();
    const problems = await problemsOf(servers);
    if (problems.length === 0) return;
    const now = performance.now();
    if (now >= until) throw new ServersAwayError(givenUp(problems, options.deadlineMs));
    if (now - toldAt > TELL_EVERY_MS) {
      toldAt = now;
      options.onWaiting(problems);
    }
    await delay(Math.min(AGAIN_MS, until - now), undefined, { signal: options.stop });
  }
}

function givenUp(problems: string[], deadlineMs: number): string {
  const lines = problems.map((problem) => `  ${problem}`).join("\n");
  return `The worker waited ${deadlineMs / 1_000} s (WORKER_START_DEADLINE_SECONDS) and gives up:\n${lines}`;
}

async function problemsOf(servers: Parameters<typeof awaitServers>[0]): Promise<string[]> {
  const [database, redis] = await Promise.all([databaseProblem(servers), redisProblem(servers)]);
  return [database, redis].filter((problem) => problem !== null);
}

async function databaseProblem({ database }: AskedServers): Promise<string | null> {
  try {
    const { missingMigrations: missing } = await database();
    if (missing.length === 0) return null;
    return `DATABASE_URL: the database lacks ${missing.length} migrations (${missing[0]} …): a web process applies them at its start`;
  } catch (error) {
    const { code = "", message } = error as { code?: string; message?: string };
    if (REFUSED.test(code)) throw new ConfigError([`DATABASE_URL is refused by the server: ${message}`]);
    return `DATABASE_URL: Postgres does not answer (${message || code || "no connection"})`;
  }
}

async function redisProblem(servers: Parameters<typeof awaitServers>[0]): Promise<string | null> {
  if (servers.redis === null || (await servers.redis())) return null;
  const mode = await servers.transportMode().catch(() => "redis" as const); // away as well, which is told by itself
  return mode === "postgres" ? null : "REDIS_URL: Redis does not answer, or refuses the password";
}
