import type { EngineQueue } from "@/server/queue/contract";
import type { HousekeepingStore } from "./housekeeping-store";

const CLAIM_LIMIT = 1_000;
const CHECK_MS = 30_000;

/** Feeds the windows that are below half from the backlog, first in, first out within a priority. */
export async function refill(store: HousekeepingStore, queue: EngineQueue): Promise<void> {
  const types = await store.backlogTypes();
  if (types.length === 0) return;
  for (const { type, credit } of await queue.refillable(types)) {
    let left = credit;
    while (left > 0) {
      const messages = await store.claimReady(type, Math.min(left, CLAIM_LIMIT), CHECK_MS);
      queue.announce(messages);
      if (messages.length < Math.min(left, CLAIM_LIMIT)) break;
      left -= messages.length;
    }
  }
}
