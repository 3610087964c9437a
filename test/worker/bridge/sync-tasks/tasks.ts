import { setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { z } from "zod";
import { runAsyncTask } from "@/server/worker/bridge/bridge";
import { defineTask } from "@/server/worker/bridge/define-task";
import { PaymentError } from "@/test/worker/bridge/sync-tasks/payment-error";

const module = import.meta.url;

export const echo = defineTask({ name: "test.echo", module, run: (input: unknown) => input });

export const where = defineTask({ name: "test.where", module, run: () => ({ threadId, pid: process.pid }) });

export const wait = defineTask({
  name: "test.wait",
  module,
  run: async ({ ms, value }: { ms: number; value?: string }) => {
    await sleep(ms);
    return value ?? null;
  },
});

export const heeds = defineTask({
  name: "test.heeds",
  module,
  run: async (_input: unknown, { signal }) => {
    await sleep(60_000, null, { signal });
    return "came to its end";
  },
});

/** Awaits, but not its signal. */
export const ignores = defineTask({ name: "test.ignores", module, run: () => sleep(60_000, null) });

export const spins = defineTask({
  name: "test.spins",
  module,
  run: () => {
    for (;;) Math.random();
  },
});

export const pays = defineTask({
  name: "test.pays",
  module,
  run: (): never => {
    const cause = new RangeError("over the limit", { cause: new Error("the bank said no") });
    throw new PaymentError("the card was refused", "CARD_REFUSED", { tries: [1, 2], at: { shop: "a" } }, { cause });
  },
});

export const timesOut = defineTask({
  name: "test.times-out",
  module,
  run: (): never => {
    throw Object.assign(new Error("the other side took too long"), { name: "TimeoutError" });
  },
});

export const throwsText = defineTask({
  name: "test.throws-text",
  module,
  run: (): never => {
    throw "just text";
  },
});

export const failsLater = defineTask({
  name: "test.fails-later",
  module,
  run: () => {
    setTimeout(() => {
      throw new Error("left behind");
    }, 20);
    return "returned";
  },
});

export const leavesRejection = defineTask({
  name: "test.leaves-rejection",
  module,
  run: async () => {
    void Promise.reject(new Error("nobody looks at this"));
    await sleep(60_000);
  },
});

export const exits = defineTask({ name: "test.exits", module, run: (code: number) => process.exit(code) });

export const returnsFunction = defineTask({
  name: "test.returns-function",
  module,
  run: () => ({ rows: [{ when: 1, how: () => 1 }] }),
});

export const returnsMuch = defineTask({
  name: "test.returns-much",
  module,
  run: (bytes: number) => "x".repeat(bytes),
});

export const hoards = defineTask({
  name: "test.hoards",
  module,
  run: () => {
    const kept: number[][] = [];
    for (;;) kept.push(new Array(1000).fill(kept.length));
  },
});

/** Takes so much that is in no heap, then spins. */
export const fillsBuffers = defineTask({
  name: "test.fills-buffers",
  module,
  run: (mb: number) => {
    const taken: Buffer[] = [];
    while (taken.length < mb / 10) taken.push(Buffer.alloc(10 * 1024 * 1024, 1));
    for (;;) taken.reverse();
  },
});

const kept: Buffer[] = [];
export const keepsBuffers = defineTask({
  name: "test.keeps-buffers",
  module,
  run: (mb: number) => kept.push(Buffer.alloc(mb * 1024 * 1024, 1)),
});

export const blocks = defineTask({ name: "test.blocks", module, run: () => runAsyncTask(echo, 1) as number });

export const speaks = defineTask({
  name: "test.speaks",
  module,
  run: async (_input: unknown, context) => {
    console.warn("from the console", 7);
    context.log({ level: "info", message: "from the context", fields: { rows: 3 } });
    context.progress(0.5, "half");
    await sleep(1);
    return { traceparent: context.traceparent, id: context.id };
  },
});

export const doubles = defineTask({
  name: "test.doubles",
  module,
  input: z.object({ n: z.coerce.number() }),
  output: z.object({ twice: z.number().max(100) }),
  run: ({ n }) => ({ twice: n * 2 }),
});
