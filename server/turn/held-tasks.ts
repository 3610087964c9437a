import { attemptIdOf } from "@/lib/job-event";
import type { EngineQueue } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import { type DueTask, postponeChecks } from "@/server/store/due";
import { liveSessions } from "@/server/store/sessions";
import type { TurnLog } from "./turn-log";

/** A task that is in somebody's hands past its time in the queue is looked at again after this. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Of the tasks whose time in the queue is over, those that are not in the queue any more but in the hands of a live
 * session, which has not reported their start yet. While nobody can tell, all of them.
 */
export async function heldByLiveSessions(
  database: Database,
  queue: EngineQueue,
  due: DueTask[],
  leaseMs: number,
  log: TurnLog,
): Promise<Set<DueTask>> {
  const late = due.filter((one) => one.reason === "dispatch_timeout" && one.announced);
  if (late.length === 0) return new Set();
  let holders: Map<string, string>;
  try {
    holders = await queue.holders(late);
  } catch (error) {
    log.warn("nobody can tell who holds tasks whose time in the queue is over; they stay due", { error });
    return new Set(late);
  }
  const holderOf = ({ jobId, no, fence }: DueTask) => holders.get(attemptIdOf(jobId, no, fence)) ?? "";
  const live = await liveSessions(database, [...new Set(holders.values())], leaseMs);
  const held = late.filter((one) => live.has(holderOf(one)));
  await postponeChecks(database, held, LOOK_AGAIN_MS);
  return new Set(held);
}
