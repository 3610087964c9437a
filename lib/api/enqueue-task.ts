import { z } from "zod";
import { jobStatus } from "./job";
import { priority } from "./job-verb";
import { jobId, jsonObject, jsonValue } from "./shape";
import { startJobBody } from "./start-job";

/** Bodies and answers of jobs that are one task each. */

export const taskName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, "must be 1–128 letters, digits, _ or -")
  .meta({ description: "A task type: what workers call a skill", example: "process_document" });

export const retryPolicy = z
  .strictObject({
    max_attempts: z
      .int("must be a whole number")
      .min(1, "must be at least 1")
      .max(100, "must be at most 100")
      .optional(),
    base_ms: z.int().min(0).max(3_600_000).optional(),
    max_ms: z.int().min(0).max(86_400_000).optional(),
    jitter: z.boolean().optional(),
  })
  .meta({ id: "RetryPolicy", description: "Attempt n waits up to `base_ms · 2^(n-1)`, never more than `max_ms`" });

const words = z.record(z.string(), z.string());

export const taskDispatch = z
  .strictObject({
    requirements: z
      .strictObject({
        resources: jsonObject.optional(),
        installed_software: words.optional(),
        installed_artifacts: z.array(jsonValue).optional(),
        labels: words.optional(),
        skill: jsonObject.optional(),
        extra_requirements: jsonObject.optional(),
      })
      .optional(),
    strategy: z.enum(["default", "round_robin", "least_connections", "cheapest", "best_value", "overflow"]).optional(),
    max_cost: z.number().min(0, "must be at least 0").optional(),
    skill_version: z.string().min(1).max(128).optional(),
    skill_type: z.string().min(1).max(128).optional(),
  })
  .meta({ id: "TaskDispatch", description: "Which worker may have it, as in the task states of a blueprint" });

const { webhook_url, dispatch_timeout, result_timeout, metadata, security } = startJobBody.shape;

/** `POST /api/v1/tasks/{task}`. */
export const enqueueTaskBody = z
  .strictObject({
    input: jsonObject.optional().meta({ description: "The task's parameters" }),
    priority: priority.optional(),
    timeout_seconds: z
      .number()
      .positive("must be more than 0 seconds")
      .max(31_536_000, "must be at most one year")
      .optional()
      .meta({ description: "How long one attempt may run" }),
    retry: retryPolicy.optional(),
    dispatch: taskDispatch.optional(),
    dispatch_timeout,
    result_timeout,
    labels: z
      .record(z.string().min(1).max(128), z.string().max(256))
      .refine((labels) => Object.keys(labels).length <= 20, "has more than 20 labels")
      .optional()
      .meta({ description: "Of the job, beside `task`; filterable in lists" }),
    on_failure: z.enum(["quarantine", "end"], { error: "must be quarantine or end" }).optional().meta({
      description:
        "`quarantine` (default): as the error's code says, for an operator to look into. `end`: the job fails",
    }),
    webhook_url,
    metadata,
    security,
  })
  .meta({ id: "EnqueueTask" });

export const enqueueTaskQuery = z.object({
  park: z
    .enum(["true", "false"], { error: "must be true or false" })
    .optional()
    .meta({ description: "`true`: also a name that nobody serves; the job waits until somebody does" }),
});

/** The job was made; with `Prefer: wait=<seconds>` and an end in time, how it ended. */
export const taskEnded = z
  .object({
    status: jobStatus.meta({ description: "Of the job" }),
    job_id: jobId,
    outcome: z.string().meta({ description: "The worker's word: `success`, or one of its own" }),
    data: jsonValue,
    error: z.object({ code: z.string(), message: z.string(), details: jsonValue.optional() }).nullable(),
  })
  .meta({ id: "TaskEnded" });

export type EnqueueTaskBody = z.infer<typeof enqueueTaskBody>;
