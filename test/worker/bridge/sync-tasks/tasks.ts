import { setTimeout as sleep } from "node:timers/promises";
import { defineTask } from "@/server/worker/bridge/define-task";

const module = import.meta.url;

export const echo = defineTask({ name: "test.echo", module, run: (input: unknown) => input });

export const wait = defineTask({
  name: "test.wait",
  module,
  run: async ({ ms, value }: { ms: number; value?: string }) => {
    await sleep(ms);
    return value ?? null;
  },
});
