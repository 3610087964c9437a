import { z } from "zod";
import { type ErrorCode, errorCodes } from "@/lib/error-code";
import { declareTask } from "@/server/tasks/declare-task";
import { TaskError } from "@/server/tasks/task-function";

const input = z.object({
  code: z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]).default("TRANSIENT_ERROR"),
  /** Attempts that fail before one succeeds; without it every attempt fails. */
  times: z.int().min(0).optional(),
});

/** Fails with `code` on the first `times` attempts, then returns `{attempts}`. */
export const demoFail = declareTask({
  isolation: "inline",
  input,
  async run({ code, times }, { attempt }) {
    if (times !== undefined && attempt > times) return { data: { attempts: attempt } };
    const of = times === undefined ? "" : ` of ${times} to fail`;
    throw new TaskError(code, `Failed on purpose, attempt ${attempt}${of}.`);
  },
});
