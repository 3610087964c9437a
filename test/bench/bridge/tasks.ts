import { setTimeout as delay } from "node:timers/promises";
import { defineTask } from "@/server/worker/bridge/define-task";

const module = import.meta.url;

export const echo = defineTask({ name: "bench.echo", module, run: (input: unknown) => input });

export const sleep = defineTask({ name: "bench.sleep", module, run: ({ ms }: { ms: number }) => delay(ms, null) });

export const spin = defineTask({
  name: "bench.spin",
  module,
  run: () => {
    for (;;) Math.random();
  },
});
