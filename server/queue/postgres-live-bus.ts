import type { LiveBus } from "@/server/queue/contract";

/**
 * Live lines without Redis: at once within the process, and not at all to others, which see every change when they next
 * read the commit horizon, a few hundred milliseconds later. (A NOTIFY per commit would serialise all commits.)
 */
export function createPostgresLiveBus(): LiveBus {
  let listeners: ((line: string) => void)[] = [];
  return {
    publish(line) {
      for (const listener of listeners) setImmediate(() => listener(line));
    },
    subscribe(listener) {
      listeners.push(listener);
    },
    async close() {
      listeners = [];
    },
  };
}
