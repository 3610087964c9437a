import { connectSubscriber, connectWriter } from "@/server/queue/connection";
import type { LiveBus } from "@/server/queue/contract";
import { createKeys } from "@/server/queue/keys";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";

/** Lines that may wait for the connection; older ones are of no use to anybody by then. */
const MOST_WAITING = 1_000;

/**
 * Live lines over Redis pub/sub, from engines to web processes. `prefix` is that of the queue's keys. A process that
 * only publishes opens no subscription, and the other way round.
 */
export function createRedisLiveBus(options: { url: string; prefix?: string; onTrouble?: TroubleListener }): LiveBus {
  const { liveChannel } = createKeys(options.prefix);
  const connection = { url: options.url, name: "live", onTrouble: options.onTrouble };
  const tell = quietTrouble(options.onTrouble);
  const listeners: ((line: string) => void)[] = [];
  let waiting: string[] = [];
  let writer: ReturnType<typeof connectWriter> | null = null;
  let subscriber: { close(): void } | null = null;
  let scheduled = false;
  let closed = false;

  const flush = async () => {
    scheduled = false;
    // Until the connection is up the lines wait: its first act is to call this again.
    if (writer?.status !== "ready" || waiting.length === 0) return;
    const lines = waiting;
    waiting = [];
    const pipeline = writer.pipeline();
    for (const line of lines) pipeline.publish(liveChannel, line);
    await pipeline.exec().catch((error: unknown) => tell("Live lines were not sent", error));
  };

  return {
    publish(line) {
      if (closed) return;
      if (!writer) {
        writer = connectWriter(connection);
        writer.on("ready", () => void flush());
      }
      waiting.push(line);
      if (waiting.length > MOST_WAITING) waiting.shift();
      if (!scheduled) setImmediate(() => void flush());
      scheduled = true;
    },
    subscribe(listener) {
      listeners.push(listener);
      subscriber ??= connectSubscriber(connection, liveChannel, (line) => {
        for (const tellLine of listeners) tellLine(line);
      });
    },
    async close() {
      closed = true;
      await flush();
      writer?.disconnect();
      subscriber?.close();
    },
  };
}
