import { connectSubscriber, connectWriter } from "@/server/queue/connection";
import type { LiveBus } from "@/server/queue/contract";
import { createKeys } from "@/server/queue/keys";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";

/** Lines that may wait for the connection; older ones are of no use to anybody by then. */
const MOST_WAITING = 1_000;

interface RedisBusOptions {
  url: string;
  prefix?: string;
  onTrouble?: TroubleListener;
}

/**
 * Live lines over Redis pub/sub, from engines to web processes. `prefix` is that of the queue's keys. A process that
 * only publishes opens no subscription, and the other way round.
 */
export function createRedisLiveBus(options: RedisBusOptions): LiveBus {
  return createRedisLines({ ...options, name: "live", channel: createKeys(options.prefix).liveChannel });
}

/** The same for notices from any process to all. */
export function createRedisNoticeLines(options: RedisBusOptions): LiveBus {
  return createRedisLines({ ...options, name: "notices", channel: createKeys(options.prefix).noticeChannel });
}

function createRedisLines(options: RedisBusOptions & { name: string; channel: string }): LiveBus {
  const connection = { url: options.url, name: options.name, onTrouble: options.onTrouble };
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
    for (const line of lines) pipeline.publish(options.channel, line);
    await pipeline.exec().catch((error: unknown) => tell("Lines were not sent to other processes", error));
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
      subscriber ??= connectSubscriber(connection, options.channel, (line) => {
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
