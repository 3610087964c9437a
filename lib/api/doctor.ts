import { z } from "zod";

/** The answer of `GET /api/v1/admin/doctor`. */
export const examinationAnswer = z.object({
  healthy: z.boolean().describe("Nothing was found, and everything was looked at"),
  complete: z.boolean().describe("False when the time was over before all was looked at"),
  violations: z.int(),
  took_ms: z.int(),
  findings: z.array(
    z.object({
      id: z.string(),
      says: z.string().describe("What holds when the count is 0"),
      count: z.int().describe("Violations"),
      samples: z.array(z.string()).describe("Ids of some of them"),
      skipped: z.string().optional().describe("Why it was not looked at"),
    }),
  ),
});
