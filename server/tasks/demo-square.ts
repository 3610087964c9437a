import { z } from "zod";
import { declareTask } from "@/server/tasks/declare-task";

/** Returns `{n, square}`. */
export const demoSquare = declareTask({
  isolation: "inline",
  input: z.object({ n: z.number() }),
  run: async ({ n }) => ({ data: { n, square: n * n } }),
});
