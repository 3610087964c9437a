import { expect, it } from "vitest";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import type { Signal } from "@/server/engine/signal";
import { HandlerRunner } from "@/server/turn/handler-runner";
import { AROUND, MemoryJob } from "@/test/engine/decide-harness";

const thinking = defineBlueprint({
  name: "thinking",
  states: {
    think: handler({ to: ["done"] }, ({ actions }) => actions.transitionTo("done")),
    done: end({ outcome: "success" }),
  },
});

it("a fault around a handler is reported as its failure, and the next handler still runs", async () => {
  const { job, blueprint } = new MemoryJob(thinking.document, {}, AROUND, thinking);
  const reported: Signal[] = [];
  let faults = 1;
  const quiet = () => undefined;
  const runner = new HandlerRunner({
    concurrency: 1,
    clock: {
      now() {
        if (faults-- > 0) throw new Error("no clock");
        return AROUND.now;
      },
      learn: quiet,
    },
    log: { info: quiet, warn: quiet, error: quiet },
    report: (signal) => reported.push(signal),
  });
  const runnable = { id: 7, name: "thinking", compiled: blueprint };
  runner.run(job, runnable);
  runner.run(job, runnable);
  await expect.poll(() => reported.map((signal) => signal.kind)).toEqual(["handler_failed", "handler_returned"]);
  expect(reported[0]).toMatchObject({ message: "no clock", entry: job.entry });
});
