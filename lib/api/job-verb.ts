import { z } from "zod";
import { jobStatus } from "./job";
import { jobId, jsonObject, jsonValue } from "./shape";

/** Bodies and answers of what people and programs do with a job. */

const reason = z.string().max(1000).optional().meta({ description: "Why; shown in the job's history" });

/** JSON merge patches (RFC 7396): objects are merged, null removes a member, anything else replaces. */
export const dataPatch = z
  .strictObject({ initial_data: jsonObject.optional(), state_history: jsonObject.optional() })
  .meta({ id: "DataPatch", description: "JSON merge patches (RFC 7396) of a job's data" });

export const requeueBody = z.object({ reason, patch: dataPatch.optional() }).meta({ id: "Requeue" });

export const completeBody = z
  .object({
    outcome: z
      .string({ error: "outcome is required: one of the words that lead out of the current state" })
      .min(1)
      .max(128),
    data: jsonValue.optional(),
    reason,
  })
  .meta({ id: "CompleteStep" });

/** Lowest and highest priority of a job. */
export const PRIORITY_BOUND = 1000;

export const priority = z
  .number({ error: "must be a number" })
  .min(-PRIORITY_BOUND, `must be at least -${PRIORITY_BOUND}`)
  .max(PRIORITY_BOUND, `must be at most ${PRIORITY_BOUND}`)
  .meta({ description: "Of all the job's tasks, in place of what their states say; higher comes first" });

export const priorityBody = z.object({ priority }).meta({ id: "SetPriority" });

export const forkBody = z
  .object({
    state: z.string({ error: "state is required: where the new job begins" }).min(1).max(128),
    seq: z.number().int().min(1, "must be at least 1").max(2_147_483_647).optional().meta({
      description:
        "The data are those that the job had after this event. Absent: when it last entered `state`; needed for a state that it never entered",
    }),
    reason,
    patch: dataPatch.optional(),
  })
  .meta({ id: "Fork" });

export const signalParams = z.object({
  job_id: jobId,
  name: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, "must be 1–128 letters, digits, _ or -"),
});

export const signalBody = z.object({ payload: jsonValue.optional() }).meta({ id: "SendSignal" });

/** Where the job stands after it. */
export const jobNow = z
  .object({
    job_id: jobId,
    status: jobStatus,
    state: z.string(),
    version: z.number().int().meta({ description: "Number of the job's last event" }),
  })
  .meta({ id: "JobNow" });

export const forkAnswer = z
  .object({
    job_id: jobId.meta({ description: "The new job" }),
    forked_from: z.object({ job_id: jobId, seq: z.number().int(), state: z.string() }),
  })
  .meta({ id: "JobForked" });

export type DataPatchBody = z.infer<typeof dataPatch>;
export type RequeueBody = z.infer<typeof requeueBody>;
export type CompleteBody = z.infer<typeof completeBody>;
export type ForkBody = z.infer<typeof forkBody>;
export type JobNowAnswer = z.infer<typeof jobNow>;
export type ForkAnswer = z.infer<typeof forkAnswer>;
