import type { Signal } from "@/server/engine/signal";
import type { EngineQueue } from "@/server/queue/contract";
import type { HousekeepingStore } from "./housekeeping-store";

/**
 * Every hand-out of a session that was not renewed for its lease is lost: its pending messages and its started tasks.
 * A crash in between loses nothing: what is left of the session is found again, the rest by the announcement check.
 */
export async function reapSessions(store: HousekeepingStore, queue: EngineQueue, leaseMs: number): Promise<Signal[]> {
  const signals: Signal[] = [];
  for (const session of await store.expiredSessions(leaseMs)) {
    const started = await store.tasksOfSession(session.id);
    const pending = await queue.reapSession(session.id);
    for (const { jobId, no, fence } of [...started, ...pending]) {
      signals.push({ kind: "delivery_lost", jobId, no, fence, worker: session.worker });
    }
    await store.endSession(session.id);
  }
  return signals;
}
