import type { z } from "zod";
import { TaskError } from "@/server/tasks/task-function";

/** Checks a task's parameters against its schema; throws INVALID_INPUT_ERROR that lists every faulty field. */
export function parseParams<T>(taskType: string, schema: z.ZodType<T>, params: unknown): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    (issue) => `${issue.path.map(String).join(".") || "params"}: ${issue.message}`,
  );
  throw new TaskError("INVALID_INPUT_ERROR", `Task ${taskType} cannot use its parameters: ${faults.join("; ")}`, {
    details: faults,
  });
}
