import type { z } from "zod";
import { inputError } from "@/server/tasks/check-input";

/** For what is known only while a task works: as the check of declared input, with INVALID_INPUT_ERROR for faults. */
export function parseParams<T>(taskType: string, schema: z.ZodType<T>, params: unknown): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw inputError(taskType, parsed.error.issues);
}
