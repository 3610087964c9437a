import type { Redis } from "ioredis";
import { attemptIdOf } from "@/lib/job-event";
import { isGroupMissing } from "@/server/queue/connection";
import { type Keys, TASK_GROUP } from "@/server/queue/keys";
import { attemptIdsScript } from "@/server/queue/lua/attempt-ids";
import { runScript } from "@/server/queue/lua/script";
import { partitionOf } from "@/server/queue/partition";
import { taskIdOfAttempt } from "@/server/queue/task-entry";

const PAGE = 500;

/** Walks a stream from its oldest entry: entry ids with the attempt ids at their head. Rejects when Redis is away. */
async function* attemptsIn(redis: Redis, stream: string): AsyncGenerator<{ entryId: string; attempts: string }> {
  let from = "-";
  for (;;) {
    const page = await runScript(redis, attemptIdsScript, [stream], [from, PAGE]);
    if (!Array.isArray(page)) throw new Error("Unexpected answer to a scan");
    for (let i = 0; i + 1 < page.length; i += 2) yield { entryId: String(page[i]), attempts: String(page[i + 1]) };
    if (page.length < PAGE * 2) return;
    from = `(${String(page[page.length - 2])}`;
  }
}

/**
 * Which of the candidates' attempts (`<job>.<no>.<fence>`) are in their type's window or among the signals. The window
 * is read first: a result moves from there to the signals in one step, so it is seen in one of them.
 */
export async function findMembers(
  redis: Redis,
  keys: Keys,
  candidates: { jobId: string; no: number; fence: number; type: string }[],
): Promise<Set<string>> {
  const found = new Set<string>();
  const idOf = ({ jobId, no, fence }: { jobId: string; no: number; fence: number }) => attemptIdOf(jobId, no, fence);
  const missing = new Set(candidates.map(idOf));
  const see = (attempt: string) => {
    if (missing.delete(attempt)) found.add(attempt);
  };
  for (const type of new Set(candidates.map((candidate) => candidate.type))) {
    for await (const { attempts } of attemptsIn(redis, keys.taskStream(type))) {
      see(attempts);
      if (missing.size === 0) return found;
    }
  }
  const left = candidates.filter((candidate) => missing.has(idOf(candidate)));
  for (const partition of new Set(left.map((candidate) => partitionOf(candidate.jobId)))) {
    for await (const { attempts } of attemptsIn(redis, keys.signalStream(partition))) {
      attempts.split(",").forEach(see);
      if (missing.size === 0) return found;
    }
  }
  return found;
}

/**
 * Who holds these attempts: attempt id → consumer, of those that were delivered and are still pending. Rejects when
 * Redis is away.
 */
export async function findHolders(
  redis: Redis,
  keys: Keys,
  candidates: { jobId: string; no: number; fence: number; type: string }[],
): Promise<Map<string, string>> {
  const holders = new Map<string, string>();
  const wanted = new Set(candidates.map(({ jobId, no, fence }) => attemptIdOf(jobId, no, fence)));
  for (const type of new Set(candidates.map((candidate) => candidate.type))) {
    const stream = keys.taskStream(type);
    const pending = redis.pipeline();
    const asked: string[] = [];
    for await (const { entryId, attempts } of attemptsIn(redis, stream)) {
      if (!wanted.has(attempts)) continue;
      asked.push(attempts);
      pending.xpending(stream, TASK_GROUP, entryId, entryId, 1);
    }
    const replies = (await pending.exec()) ?? [];
    replies.forEach(([error, reply], i) => {
      if (error) {
        if (isGroupMissing(error)) return;
        throw error;
      }
      const [found] = Array.isArray(reply) ? (reply as unknown[]) : [];
      if (Array.isArray(found)) holders.set(asked[i] ?? "", String(found[1]));
    });
  }
  return holders;
}

/** Removes the entries of these tasks (`<job>.<no>`) from a type's window, delivered or not. */
export async function removeTasks(redis: Redis, keys: Keys, type: string, taskIds: Set<string>): Promise<void> {
  const stream = keys.taskStream(type);
  const entries: string[] = [];
  for await (const { entryId, attempts } of attemptsIn(redis, stream)) {
    if (taskIds.has(taskIdOfAttempt(attempts))) entries.push(entryId);
  }
  if (entries.length === 0) return;
  const removal = redis.multi();
  removal.xack(stream, TASK_GROUP, ...entries);
  removal.xdel(stream, ...entries);
  await removal.exec();
}
