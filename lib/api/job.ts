import { z } from "zod";
import { DISPLAY_STATUSES, type DisplayStatus, JOB_STATUSES, type JobStatus } from "@/lib/job-status";
import { actor, blueprintName, failure, jobId, jsonObject, jsonValue, pageCursor, pageLimit, timestamp } from "./shape";

export const jobStatus = z.enum(JOB_STATUSES as [JobStatus, ...JobStatus[]]).meta({ id: "JobStatus" });
export const displayStatus = z
  .enum(DISPLAY_STATUSES as unknown as [DisplayStatus, ...DisplayStatus[]])
  .meta({ id: "DisplayStatus", description: "What people see; the `data-s` value of the status styles" });

/**
 * What an open job waits for, as a code with its object, so that a page can say it in the reader's language:
 * `worker` (detail: task type), `no_worker` (no live worker has that skill), `approval` (detail: the message),
 * `retry` (detail: task type, until: next attempt), `handler` (detail: state), `branches`, `child` (detail: its blueprint),
 * `signal` (detail: its name, until: its time limit), `timer` (until: when it is due), `operator`.
 */
export const waitingFor = z
  .object({
    kind: z.enum([
      "worker",
      "no_worker",
      "approval",
      "retry",
      "handler",
      "branches",
      "child",
      "signal",
      "timer",
      "operator",
    ]),
    detail: z.string().nullable(),
    until: timestamp.nullable(),
  })
  .meta({ id: "WaitingFor" });

/** Branches of a fan-out, or the fraction that a single task reported as `done` of `total` 1. */
export const jobProgress = z
  .object({ done: z.number(), total: z.number(), failed: z.number().optional(), message: z.string().nullish() })
  .meta({ id: "JobProgress" });

/** One line of the job list: never a payload. */
export const jobRow = z
  .object({
    job_id: jobId,
    status: jobStatus,
    display_status: displayStatus,
    state: z.string(),
    blueprint_name: z.string(),
    blueprint_version: z.number().int(),
    version: z.number().int().meta({ description: "Number of the job's last event" }),
    created_at: timestamp,
    updated_at: timestamp,
    finished_at: timestamp.nullable(),
    labels: z.record(z.string(), z.string()),
    waiting_for: waitingFor.nullable(),
    error: failure.nullable(),
    progress: jobProgress.nullable(),
    client_name: z.string(),
    starter: actor.nullable(),
    parent_id: jobId.nullable().meta({ description: "The job that started it as its child" }),
  })
  .meta({ id: "JobRow" });

/** Another job, as far as a line of text needs it. */
export const jobRef = z
  .object({ job_id: jobId, blueprint_name: z.string(), status: jobStatus, state: z.string() })
  .meta({ id: "JobRef" });

/** What the caller may do with the job now, by its rights and the job's status. */
export const jobCan = z
  .object({
    cancel: z.boolean(),
    retry: z.boolean(),
    pause: z.boolean(),
    resume: z.boolean(),
    requeue: z.boolean(),
    give_up: z.boolean(),
    complete: z.boolean(),
    prioritise: z.boolean(),
    fork: z.boolean(),
    signal: z.boolean(),
  })
  .meta({ id: "JobCan", description: "What this caller may do now" });

/** A whole job. `result` is null until the job has ended. */
export const jobDetail = jobRow
  .extend({
    id: jobId,
    current_state: z.string(),
    entry: z.number().int().meta({ description: "Number of the event that entered the current state" }),
    input: jsonObject.meta({ description: "The job's initial_data, as they were last put right" }),
    result: jsonValue,
    error_message: z.string().nullable(),
    transitions: z.number().int(),
    progress_message: z.string().nullable(),
    metadata: jsonObject.nullable(),
    webhook_url: z.string().nullable(),
    client_id: z.number().int(),
    process_id: z.string().nullable().meta({ description: "Of a job that was started as a process" }),
    blueprint_id: z.number().int(),
    blueprint_hash: z.string(),
    approval_id: z.string().nullable().meta({ description: "The open approval, `<job>.<no>`" }),
    priority: z.number().nullable().meta({ description: "Of all its tasks; null: as their states say" }),
    paused: z.object({ by: actor, reason: z.string().nullable(), at: timestamp }).nullable(),
    parent: jobRef.nullable(),
    children: z.number().int().meta({ description: "How many jobs it started as its children, 1000 at most" }),
    forked_from: z.object({ job_id: jobId, seq: z.number().int(), state: z.string() }).nullable(),
    forks: z
      .array(z.object({ job_id: jobId, seq: z.number().int(), state: z.string(), by: actor, at: timestamp }))
      .meta({ description: "Jobs that were forked off this one, newest first, 50 at most" }),
    can: jobCan,
  })
  .meta({ id: "JobDetail" });

const instant = z.iso.datetime({ offset: true, error: "must be an ISO 8601 instant, as in 2026-01-31T09:30:00Z" });

/** `GET /api/v1/jobs`. Labels are given as `label.<key>=<value>`. Several statuses are joined by commas. */
export const jobListQuery = z.object({
  status: z
    .string()
    .transform((text) => text.split(",").filter((word) => word !== ""))
    .pipe(z.array(z.union([jobStatus, displayStatus], { error: "must be statuses, joined by commas" })))
    .optional(),
  blueprint: blueprintName.optional(),
  from: instant.optional(),
  to: instant.optional(),
  q: z.string().max(200).optional(),
  parent: jobId.optional(),
  limit: pageLimit(50, 500),
  cursor: pageCursor,
});

/** `GET /api/v1/jobs/{id}/children`. */
export const childrenQuery = z.object({ limit: pageLimit(50, 500), cursor: pageCursor });

/** A task that is not finished yet. */
export const jobTask = z
  .object({
    task_id: z.string().meta({ description: "`<job>.<no>`, the idempotency key of every attempt" }),
    no: z.number().int(),
    task_type: z.string(),
    status: z.enum(["queued", "running", "retrying", "held"]),
    attempt: z.number().int(),
    fence: z.number().int(),
    losses: z.number().int(),
    branch: z.number().int().nullable(),
    worker: z.string().nullable(),
    priority: z.number(),
    progress: z.number().nullable(),
    progress_message: z.string().nullable(),
    created_at: timestamp,
    due_at: timestamp.nullable(),
    deadline_at: timestamp.nullable(),
  })
  .meta({ id: "JobTask" });

export const jobTasksQuery = z.object({ limit: pageLimit(1000, 1000) });

/** Why a job is cancelled or retried; shown in its history. */
export const reasonBody = z.object({ reason: z.string().max(1000).optional() });

export const retryAnswer = z
  .object({ status: jobStatus, job_id: jobId, state: z.string(), version: z.number().int() })
  .meta({ id: "JobRetried" });

export type WaitingFor = z.infer<typeof waitingFor>;
export type JobProgress = z.infer<typeof jobProgress>;
export type JobRow = z.infer<typeof jobRow>;
export type JobRef = z.infer<typeof jobRef>;
export type JobCan = z.infer<typeof jobCan>;
export type JobDetail = z.infer<typeof jobDetail>;
export type JobListQuery = z.infer<typeof jobListQuery>;
export type JobTask = z.infer<typeof jobTask>;
export type RetryAnswer = z.infer<typeof retryAnswer>;
