import { attemptIdOf } from "@/lib/job-event";
import type { EngineQueue } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import { postponeChecks, readAnnounced, returnToBacklog, type TaskAttempt } from "@/server/store/due";
import { readTaskMessages } from "@/server/store/task-messages";
import { messageOf } from "./task-message";

/** An announcement younger than this may still be between its commit and its message. */
const SETTLING_MS = 1_500;
const CHECK_AGAIN_MS = 30_000;
const LIMIT = 10_000;

/** The exact check, after a start or an emptied Redis: every announced task is either in the transport or sent again. */
export async function checkAnnounced(database: Database, queue: EngineQueue): Promise<void> {
  await verify(await readAnnounced(database, SETTLING_MS, LIMIT), database, queue);
}

/** The ordinary check: announced tasks that nobody has touched for half a minute. */
export async function checkDueAnnouncements(database: Database, queue: EngineQueue, due: TaskAttempt[]): Promise<void> {
  await verify(due, database, queue);
}

/**
 * Verdict by membership, not by age: what is in no stream is sent again with the same fence (a result that is already
 * under way still counts, the first one wins); what is there is looked at again later.
 */
async function verify(tasks: TaskAttempt[], database: Database, queue: EngineQueue): Promise<void> {
  if (tasks.length === 0) return;
  // Announced while there was a Redis: without one, workers claim rows of the backlog.
  if (queue.kind === "postgres") return returnToBacklog(database, tasks);
  const present = await queue.membership(tasks);
  const isPresent = ({ jobId, no, fence }: TaskAttempt) => present.has(attemptIdOf(jobId, no, fence));
  const missing = tasks.filter((task) => !isPresent(task));
  await postponeChecks(database, tasks, CHECK_AGAIN_MS);
  if (missing.length > 0) queue.announce((await readTaskMessages(database, missing)).map(messageOf));
}
