import { z } from "zod";
import { parseParams } from "@/server/tasks/parse-params";
import type { TaskFunction } from "@/server/tasks/task-function";

const paramsSchema = z.object({ n: z.number() });

/** Returns `{n, square}`. */
export const demoSquare: TaskFunction = async (params) => {
  const { n } = parseParams("demo_square", paramsSchema, params);
  return { data: { n, square: n * n } };
};
