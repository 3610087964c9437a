import { attemptIdOf } from "@/lib/job-event";
import type { EngineQueue } from "@/server/queue/contract";
import type { AnnouncedTask, HousekeepingStore } from "./housekeeping-store";

/** An announcement younger than this may still be between its commit and its message. */
const SETTLING_MS = 1_500;
const CHECK_AGAIN_MS = 30_000;
const LIMIT = 10_000;

/** The exact check, after a start or an emptied Redis: every announced task is either in the transport or sent again. */
export async function checkAnnounced(store: HousekeepingStore, queue: EngineQueue): Promise<void> {
  await verify(await store.readAnnounced(SETTLING_MS, LIMIT), store, queue);
}

/** The ordinary check: announced tasks that nobody has touched for half a minute. */
export async function checkDueAnnouncements(store: HousekeepingStore, queue: EngineQueue, due: AnnouncedTask[]): Promise<void> {
  await verify(due, store, queue);
}

/**
 * Verdict by membership, not by age: what is in no stream is sent again with the same fence (a result that is already
 * under way still counts, the first one wins); what is there is looked at again later.
 */
async function verify(tasks: AnnouncedTask[], store: HousekeepingStore, queue: EngineQueue): Promise<void> {
  if (tasks.length === 0) return;
  const present = await queue.membership(tasks);
  const isPresent = ({ jobId, no, fence }: AnnouncedTask) => present.has(attemptIdOf(jobId, no, fence));
  const missing = tasks.filter((task) => !isPresent(task));
  await store.postponeChecks(tasks, CHECK_AGAIN_MS);
  if (missing.length > 0) queue.announce(await store.taskMessages(missing));
}
