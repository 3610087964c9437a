import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "@/server/log";
import { isTransient } from "@/server/store/errors";

const AGAIN_MS = 1_000;

/** Does `work` again while the database is not there yet, for at most `patienceMs`; throws what it throws otherwise. */
export async function whenThere<T>(log: Log, patienceMs: number, work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + patienceMs; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || Date.now() > end) throw error;
      log.warn("the database is not there yet", { error: error instanceof Error ? error.message : String(error) });
      await delay(AGAIN_MS);
    }
  }
}
