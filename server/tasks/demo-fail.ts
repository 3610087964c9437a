import { z } from "zod";
import { type ErrorCode, errorCodes } from "@/lib/error-code";
import { parseParams } from "@/server/tasks/parse-params";
import { TaskError, type TaskFunction } from "@/server/tasks/task-function";

const paramsSchema = z.object({
  code: z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]).default("TRANSIENT_ERROR"),
  /** Attempts that fail before one succeeds; without it every attempt fails. */
  times: z.int().min(0).optional(),
});

/** Fails with `code` on the first `times` attempts, then returns `{attempts}`. */
export const demoFail: TaskFunction = async (params, { attempt }) => {
  const { code, times } = parseParams("demo_fail", paramsSchema, params);
  if (times === undefined || attempt <= times) {
    throw new TaskError(
      code,
      `Failed on purpose, attempt ${attempt}${times === undefined ? "" : ` of ${times} to fail`}.`,
    );
  }
  return { data: { attempts: attempt } };
};
