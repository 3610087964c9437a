import { z } from "zod";
import { jobStatus } from "./job";
import { actor, jobId, timestamp } from "./shape";

/** `GET /api/v1/jobs/{id}/explain`: why a job, and each of its open steps, waits. */

const values = z
  .record(z.string(), z.union([z.string(), z.number(), z.null()]))
  .meta({ description: "What stands in the sentence, by name: for translations of `key`. Instants are ISO 8601" });

const end = z
  .object({
    what: z.string().meta({ description: "A code: `worker`, `resume`, `deadline`, …" }),
    at: timestamp.nullable().meta({ description: "When it happens by itself" }),
    how: z
      .string()
      .nullable()
      .meta({ description: "The API operation that does it, as `POST /api/v1/jobs/{id}/resume`" }),
  })
  .meta({ id: "WaitEnd" });

const task = z
  .object({
    task_id: z.string(),
    no: z.number().int(),
    task_type: z.string(),
    branch: z.number().int().nullable(),
    attempt: z.number().int(),
  })
  .meta({ id: "ExplainedTask" });

const fault = z.object({ code: z.string(), message: z.string() });

const common = {
  state: z.string(),
  task: task.nullable(),
  since: timestamp,
  key: z.string().meta({ description: "Names the sentence, as `worker_none`" }),
  values,
  sentence: z.string(),
  ends_by: z.array(end),
};

const waits = {
  worker: z.object({
    task_type: z.string(),
    workers: z
      .object({
        live: z.number().int(),
        busy: z.number().int().meta({ description: "With no free slot" }),
        draining: z.number().int(),
      })
      .meta({ description: "Live worker sessions that serve the type" }),
    queue_paused: z.boolean(),
    ahead: z.number().int().meta({ description: "Tasks of the type in front of it in the backlog, 1000 at most" }),
    announced: z
      .boolean()
      .meta({ description: "It is among those that are handed out next, or in a worker's hands already" }),
    dispatch_deadline: timestamp.nullable(),
    result_deadline: timestamp.nullable(),
    placement: z
      .object({
        workers: z.number().int().meta({ description: "Live workers in all" }),
        suitable: z.number().int().meta({ description: "Of them those that satisfy the task, busy or not" }),
        fell_out: z.array(
          z.object({
            reason: z.string().meta({ description: "The first requirement that they do not meet" }),
            count: z.number().int(),
            details: z.array(z.string()).meta({ description: "What of it, by name; the first few" }),
          }),
        ),
      })
      .optional()
      .meta({ description: "For a task that asks for more than a skill: at what workers fell out" }),
  }),
  task_running: z.object({
    task_type: z.string(),
    worker: z.string().nullable(),
    worker_live: z.boolean().nullable(),
    attempt_deadline: timestamp.nullable(),
    result_deadline: timestamp.nullable(),
    progress: z.number().nullable(),
    progress_message: z.string().nullable(),
  }),
  retry: z.object({
    due_at: timestamp.nullable(),
    next_attempt: z.number().int(),
    max_attempts: z.number().int().nullable(),
    last_error: fault.nullable(),
  }),
  place: z.object({ running: z.number().int(), concurrency: z.number().int().nullable() }),
  handler: z.object({
    handler: z.string().nullable(),
    engine: z.string().nullable(),
    engine_live: z.boolean().nullable(),
    deadline: timestamp.nullable(),
    failures: z.number().int(),
  }),
  approval: z.object({
    approval_id: z.string(),
    message: z.string(),
    approvers: z.array(z.string()),
    quorum: z.number().int(),
    votes: z.array(z.object({ decision: z.string(), by: actor })),
    deadline_at: timestamp.nullable(),
    next_escalation: z.object({ at: timestamp, to: z.array(z.string()) }).nullable(),
  }),
  timer: z.object({ due_at: timestamp }),
  signal: z.object({ name: z.string(), deadline_at: timestamp.nullable() }),
  paused: z.object({ by: actor.nullable(), reason: z.string().nullable() }),
  quarantined: z.object({ error: fault.nullable() }),
  version: z.object({
    blueprint_name: z.string(),
    blueprint_version: z.number().int(),
    needs: z.array(z.string()),
  }),
  engine: z.object({ engines: z.number().int().meta({ description: "Engines whose lease is alive" }) }),
};

function item<K extends string, W extends z.ZodType>(kind: K, waits_for: W) {
  return z.object({ kind: z.literal(kind), ...common, waits_for });
}

const plainItems = [
  item("worker", waits.worker),
  item("task_running", waits.task_running),
  item("retry", waits.retry),
  item("place", waits.place),
  item("handler", waits.handler),
  item("approval", waits.approval),
  item("timer", waits.timer),
  item("signal", waits.signal),
  item("paused", waits.paused),
  item("quarantined", waits.quarantined),
  item("version", waits.version),
  item("engine", waits.engine),
] as const;

/** A child of the job, explained one level down: without its own child's explanation. */
const childSummary = z.object({
  job_id: jobId,
  blueprint_name: z.string(),
  status: jobStatus,
  state: z.string(),
  sentence: z.string(),
  waiting: z.array(
    z.discriminatedUnion("kind", [...plainItems, item("child", z.object({ job_id: jobId.nullable() }))]),
  ),
});

export const waitingStep = z
  .discriminatedUnion("kind", [
    ...plainItems,
    item("child", z.object({ job_id: jobId.nullable(), explained: childSummary.nullable() })),
  ])
  .meta({ id: "WaitingStep" });

export const explainAnswer = z
  .object({
    job_id: jobId,
    status: jobStatus,
    state: z.string(),
    version: z.number().int(),
    now: timestamp.meta({ description: "The database's clock, by which all deadlines are" }),
    key: z.string(),
    values,
    sentence: z.string().meta({ description: "The whole job in one sentence" }),
    complete_with: z.array(z.string()).meta({ description: "Words that `POST …/complete` takes now" }),
    waiting: z.array(waitingStep),
    more: z.number().int().meta({ description: "Open steps beyond those that are listed" }),
  })
  .meta({ id: "Explanation" });

export type WaitingStep = z.infer<typeof waitingStep>;
export type WaitEnd = z.infer<typeof end>;
export type ExplainAnswer = z.infer<typeof explainAnswer>;
