import type { ClientOfJob } from "@/server/files/files-of-job";
import type { TaskStores } from "@/server/tasks/task-function";
import { InStream } from "./in-stream";

/** What the worker's own thread answers to tasks in others. */
export interface CallTargets {
  stores: TaskStores;
  /** Null: this worker cannot tell whose a job is. */
  clientOf: ClientOfJob | null;
}

export interface CallAnswers {
  /** JSON text in and out; rejects with what the store rejects with. */
  answer(method: string, argument: string): Promise<string>;
  /** The task is over: what it was sending comes to an end with an error. */
  end(): void;
}

type StoreMethod = (...given: unknown[]) => Promise<unknown>;

/** Answers the calls of one attempt. */
export function answerCalls(targets: CallTargets): CallAnswers {
  const streams = new Map<number, InStream>();

  async function callStore(path: string, text: string): Promise<unknown> {
    const mine: [number, InStream][] = [];
    const line = text.indexOf("\n");
    const key = text.slice(0, line);
    const given = JSON.parse(text.slice(line + 1), (_, value: unknown) => {
      const id = streamOf(value, key);
      if (id === null) return value;
      const stream = new InStream();
      mine.push([id, stream]);
      streams.set(id, stream);
      return stream;
    }) as unknown[];
    try {
      return await storeMethod(targets.stores, path)(...given);
    } finally {
      for (const [id, stream] of mine) {
        stream.leave();
        streams.delete(id);
      }
    }
  }

  async function answerTo(method: string, text: string): Promise<unknown> {
    if (method.startsWith("store.")) return callStore(method.slice("store.".length), text);
    if (method === "clientOf") return targets.clientOf?.(JSON.parse(text) as string) ?? null;
    const [id, given] = JSON.parse(text) as [number, never];
    if (method === "stream.push") return streams.get(id)?.push(given);
    if (method === "stream.end") return streams.get(id)?.end(given);
    throw new Error(`A worker answers no call '${method}'`);
  }

  return {
    answer: async (method, argument) => JSON.stringify(await answerTo(method, argument)) ?? "null",
    end() {
      for (const stream of streams.values()) stream.end("The task ended before it had sent everything");
    },
  };
}

function storeMethod(stores: TaskStores, path: string): StoreMethod {
  const [name = "", method = ""] = path.split(".");
  const found = member(member(stores, name), method);
  if (typeof found !== "function") throw new Error(`There is no store method '${path}'`);
  const store = member(stores, name);
  return (...given) => found.apply(store, given) as Promise<unknown>;
}

/** Nothing that every object has. */
function member(owner: unknown, name: string): unknown {
  if (typeof owner !== "object" || owner === null || name in Object.prototype) return undefined;
  return (owner as Record<string, unknown>)[name];
}

function streamOf(value: unknown, key: string): number | null {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return null;
  const id = (value as Record<string, unknown>)[key];
  return typeof id === "number" ? id : null;
}
