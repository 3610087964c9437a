import { z } from "zod";
import { priority } from "./job-verb";
import { jobId, jsonObject } from "./shape";

const seconds = z.number().positive("must be more than 0 seconds").max(31_536_000, "must be at most one year");

/**
 * The body that starts a job. A non-empty object with neither `initial_data` nor `webhook_url` is itself the initial
 * data, as in the reference (see `startJobBodyOf`).
 */
export const startJobBody = z
  .object({
    initial_data: jsonObject.optional(),
    webhook_url: z
      .url({ protocol: /^https?$/, error: "must be an http or https URL" })
      .max(2000)
      .optional(),
    dispatch_timeout: seconds.optional().meta({ description: "Seconds each task may wait for a worker" }),
    result_timeout: seconds.optional().meta({ description: "Seconds from dispatch until a task's result is due" }),
    metadata: jsonObject.optional().meta({ description: "Kept with the job and passed on to its tasks" }),
    priority: priority.optional(),
    security: jsonObject.optional().meta({ description: "Passed on to the workers of the job's tasks; never shown" }),
  })
  .meta({ id: "StartJob" });

export const startJobAnswer = z.object({ status: z.literal("accepted"), job_id: jobId }).meta({ id: "JobAccepted" });

/** Set to `true` on the answer to a repeated `Idempotency-Key`. */
export const IDEMPOTENCY_REPLAYED_HEADER = "Idempotency-Replayed";

export type StartJobBody = z.infer<typeof startJobBody>;
export type StartJobAnswer = z.infer<typeof startJobAnswer>;
