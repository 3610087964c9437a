import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { declareTask } from "@/server/tasks/declare-task";
import { TaskError } from "@/server/tasks/task-function";

const STEPS = 20;

/** Waits `ms` milliseconds in twenty steps with progress, then returns `{slept_ms}`. Stops at once when aborted. */
export const demoSleep = declareTask({
  isolation: "inline",
  input: z.object({ ms: z.int().min(0).max(3_600_000) }),
  async run({ ms }, { signal, progress }) {
    for (let step = 1; step <= STEPS; step += 1) {
      try {
        await sleep(ms / STEPS, undefined, { signal });
      } catch (cause) {
        if (!signal.aborted) throw cause;
        throw new TaskError("TRANSIENT_ERROR", "The sleep was stopped.", { cause });
      }
      progress(step / STEPS);
    }
    return { data: { slept_ms: ms } };
  },
});
