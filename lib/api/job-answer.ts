import { z } from "zod";
import { jobDetail, jobListQuery, jobProgress, jobRow, jobStatus } from "./job";
import { jobId, jsonObject, jsonValue, timestamp } from "./shape";

/**
 * Jobs as the API answers them: our own members, and beside them those that clients of the reference orchestrator read,
 * under the names that they know.
 */

/** The job in few words, as it was at that moment. Never a payload: the result is in the job itself. */
export const contextSnapshot = z
  .object({
    id: jobId,
    job_id: jobId,
    status: jobStatus,
    blueprint_name: z.string(),
    current_state: z.string(),
    error_message: z.string().nullable(),
  })
  .meta({ id: "ContextSnapshot", description: "The job in few words; never a payload" });

const progress = z
  .union([z.number(), jobProgress])
  .nullable()
  .meta({ description: "To a token the fraction that is done, 0…1; to a session the same as `progress_detail`" });

const beside = {
  progress,
  progress_detail: jobProgress.nullable(),
  timestamp: timestamp.meta({ description: "When the job last changed; the same as `updated_at`" }),
  parent_job_id: jobId.nullable().meta({ description: "The same as `parent_id`" }),
  context_snapshot: contextSnapshot,
};

/** One line of the job list. */
export const jobListItem = jobRow
  .extend({ id: jobId, current_state: z.string(), error_message: z.string().nullable(), ...beside })
  .meta({ id: "JobListItem" });

/** Only with `DETAILED_API_RESPONSES`: the rest of what the reference's engine keeps of a job, as far as there is such. */
const detailed = z.object({
  initial_data: jsonObject,
  state_history: jsonObject.meta({ description: "What the job has gathered so far" }),
  tracing_context: z.record(z.string(), z.string()),
  dispatch_timeout: z.number().nullable().meta({ description: "Seconds" }),
  result_timeout: z.number().nullable().meta({ description: "Seconds" }),
  retry_count: z.number().int().meta({ description: "Attempts of the current task or handler that failed" }),
  transition_count: z.number().int(),
  current_task_id: z.string().nullable().meta({ description: "The attempt that is current, as workers call it" }),
  current_task_info: z
    .object({ type: z.string(), status: z.string(), attempt: z.number().int(), priority: z.number() })
    .nullable(),
  task_worker_id: z.string().nullable(),
  assigned_worker_id: z.string().nullable(),
  dispatch_deadline: timestamp.nullable(),
  result_deadline: timestamp.nullable(),
  aggregation_target: z.string().nullable(),
  active_branches: z.array(z.string()).meta({ description: "Attempts of a fan-out that are still open" }),
  aggregation_results: z.record(z.string(), jsonValue).meta({ description: "Of branches that ended, by their index" }),
});

/** A whole job. `fields` leaves out what it does not name. */
export const jobAnswer = jobDetail
  .extend({ ...beside, child_job_id: jobId.nullable().meta({ description: "The child that was started last" }) })
  .extend(detailed.partial().shape)
  .partial()
  .required({ id: true, job_id: true })
  .meta({ id: "Job" });

export const jobPageQuery = jobListQuery.extend({
  limit: jobListQuery.shape.limit.unwrap().default(100),
  offset: z.coerce
    .number()
    .int("must be a whole number")
    .min(0, "must be 0 or more")
    .max(1_000_000, "must be at most 1000000; use cursor for long lists")
    .default(0)
    .meta({ description: "Jobs to leave out; a cursor is cheaper and misses none" }),
});

/** What the reference answers to a cancel, with where the job stands now. */
export const cancellation = z
  .object({
    status: z
      .enum(["cancellation_request_accepted", "cancelled"])
      .meta({ description: "The first to a token, the second to a session; the job is cancelled in either case" }),
    job_id: jobId,
    version: z.number().int(),
  })
  .meta({ id: "JobCancelled" });

export type ContextSnapshot = z.infer<typeof contextSnapshot>;
export type JobListItem = z.infer<typeof jobListItem>;
export type JobAnswer = z.infer<typeof jobAnswer>;
export type DetailedJob = z.infer<typeof detailed>;
