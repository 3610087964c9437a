import { randomUUID } from "node:crypto";
import type { TaskStores } from "@/server/tasks/task-function";

/** Asks the worker; JSON text in and out. */
export type Call = (method: string, argument: string) => Promise<string>;

/**
 * The one member of what stands in an argument for an async iterable, whose items follow by themselves. Nobody whose data
 * travels along can know it: each call is sent with it before its arguments, on a line of its own.
 */
const STREAM_KEY = `stream ${randomUUID()}`;
/** Items are sent on when they have this many characters together. */
const BATCH_CHARACTERS = 256 * 1024;

let lastStream = 0;

/**
 * The worker's stores as a task in another thread or process has them: each method is a call. Arguments are JSON; members
 * that are async iterables are sent along item by item, as fast as the store takes them.
 */
export function farStores(call: Call): TaskStores {
  return byName<TaskStores>((store) =>
    byName<object>(
      (method) =>
        (...given: unknown[]) =>
          callStore(call, `${store}.${method}`, given),
    ),
  );
}

/** An object that makes a member for whatever name it is asked for; what its names mean is the affair of whoever answers. */
function byName<Owner extends object>(make: (name: string) => unknown): Owner {
  return new Proxy({} as Owner, {
    get: (_, name) => (typeof name === "string" && name !== "then" ? make(name) : undefined),
  });
}

async function callStore(call: Call, method: string, given: unknown[]): Promise<unknown> {
  const streams: OutStream[] = [];
  const text = JSON.stringify(given, (_, value: unknown) => {
    if (!isStream(value)) return value;
    lastStream += 1;
    streams.push({ id: lastStream, items: value, failure: null });
    return { [STREAM_KEY]: lastStream };
  });
  const over = new AbortController();
  const answer = call(`store.${method}`, `${STREAM_KEY}\n${text}`);
  const sent = streams.map((stream) => send(call, stream, over.signal));
  try {
    return JSON.parse(await answer);
  } catch (error) {
    // What the store says of a stream that failed is less than what made it fail.
    throw streams.find(({ failure }) => failure !== null)?.failure?.thrown ?? error;
  } finally {
    over.abort();
    await Promise.allSettled(sent);
  }
}

interface OutStream {
  id: number;
  items: AsyncIterable<unknown>;
  failure: { thrown: unknown } | null;
}

async function send(call: Call, stream: OutStream, over: AbortSignal): Promise<void> {
  let batch: string[] = [];
  let size = 0;
  const flush = async () => {
    if (batch.length > 0) await call("stream.push", `[${stream.id},[${batch.join(",")}]]`);
    batch = [];
    size = 0;
  };
  try {
    for await (const item of stream.items) {
      if (over.aborted) return;
      const text = JSON.stringify(item) ?? "null";
      batch.push(text);
      size += text.length;
      if (size >= BATCH_CHARACTERS) await flush();
    }
    await flush();
  } catch (thrown) {
    stream.failure = { thrown };
  }
  await call("stream.end", JSON.stringify([stream.id, stream.failure ? String(stream.failure.thrown) : null]));
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
