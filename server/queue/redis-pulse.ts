import { connectWriter } from "@/server/queue/connection";
import { createKeys } from "@/server/queue/keys";
import type { TroubleListener } from "@/server/queue/trouble";

/** Whether Redis answers now, and which life of it: null when nobody has named it yet, since it was emptied. */
export type Beat = { answers: false } | { answers: true; life: string | null };

/** A connection of its own that asks nothing but whether Redis is there. */
export interface RedisPulse {
  /** Answers within about `waitMs`; never rejects. */
  beat(waitMs: number): Promise<Beat>;
  /** Removes the streams of all task types ever announced. Rejects when Redis does not answer. */
  forgetTasks(): Promise<void>;
  close(): void;
}

/** Opens a pulse; `prefix` is that of the queue's keys. */
export function openRedisPulse(options: { url: string; prefix?: string; onTrouble?: TroubleListener }): RedisPulse {
  const keys = createKeys(options.prefix);
  const redis = connectWriter({ url: options.url, name: "pulse", onTrouble: options.onTrouble });
  return {
    async beat(waitMs) {
      const asked = redis.get(keys.epoch).then(
        (life): Beat => ({ answers: true, life }),
        (): Beat => ({ answers: false }),
      );
      return Promise.race([asked, silence(waitMs)]);
    },
    async forgetTasks() {
      const types = await redis.smembers(keys.types);
      for (const type of types) await redis.del(keys.taskStream(type));
    },
    close: () => redis.disconnect(),
  };
}

/** Ends after `ms`, and a little later: a process that stood still has answers to read first. */
async function silence(ms: number): Promise<Beat> {
  await new Promise((resolve) => setTimeout(resolve, ms).unref());
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return { answers: false };
}
