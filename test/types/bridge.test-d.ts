import { type BridgeTask, defineTask, runAsyncTask, type TaskHandle } from "batuta/bridge";
import { expectTypeOf } from "vitest";
import { z } from "zod";

const module = import.meta.url;

const plain = defineTask({ name: "plain", module, run: async ({ n }: { n: number }) => ({ text: String(n) }) });
const checked = defineTask({
  name: "checked",
  module,
  input: z.object({ n: z.coerce.number<string>() }),
  output: z.object({ when: z.string().default("now") }),
  run: ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return {};
  },
});

expectTypeOf(plain).toEqualTypeOf<BridgeTask<{ n: number }, { text: string }>>();
expectTypeOf(runAsyncTask(plain, { n: 1 })).toEqualTypeOf<{ text: string }>();
expectTypeOf(runAsyncTask(plain, { n: 1 }, { timeoutMs: 5 })).toEqualTypeOf<{ text: string }>();
expectTypeOf(runAsyncTask(plain, { n: 1 }, { fireAndForget: true })).toEqualTypeOf<TaskHandle<{ text: string }>>();
expectTypeOf(runAsyncTask.async(plain, { n: 1 })).toEqualTypeOf<Promise<{ text: string }>>();
expectTypeOf(runAsyncTask(checked, { n: "1" })).toEqualTypeOf<{ when: string }>();

// @ts-expect-error the input has no such member
runAsyncTask(plain, { m: 1 });
// @ts-expect-error the schema wants text
runAsyncTask(checked, { n: 1 });
// @ts-expect-error a promise is no task
runAsyncTask(Promise.resolve(1), 1);
// @ts-expect-error only a handle can be durable
runAsyncTask(plain, { n: 1 }, { durable: true, key: "a" });
