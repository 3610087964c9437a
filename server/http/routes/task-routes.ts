import { z } from "zod";
import { type EnqueueTaskBody, enqueueTaskBody, enqueueTaskQuery, taskEnded, taskName } from "@/lib/api/enqueue-task";
import { IDEMPOTENCY_REPLAYED_HEADER, startJobAnswer } from "@/lib/api/start-job";
import { SINGLE_TASK_BLUEPRINT } from "@/lib/blueprint/names";
import { invalidRequest } from "@/server/errors";
import { awaitEnd } from "@/server/jobs/await-end";
import { type TaskJobOptions, taskJob } from "@/server/jobs/enqueue-task";
import { KnownTasks } from "@/server/jobs/known-tasks";
import { idempotencyKeyOf, traceOf } from "@/server/jobs/start-job";
import { startJobAs } from "@/server/jobs/start-job-as";
import type { TaskOrder } from "@/server/jobs/task-blueprint";
import { apiPlaceOf } from "../api-path";
import type { HttpDeps } from "../http-deps";
import { PREFER_WAIT, START_PARAMETERS } from "../openapi-headers";
import { type Answer, operation } from "../operation";
import { waitSecondsOf } from "../prefer";

const STARTED_HEADERS = ["Location", IDEMPOTENCY_REPLAYED_HEADER, "Preference-Applied"];

const known = new WeakMap<HttpDeps, KnownTasks>();

function knownTasksOf(deps: HttpDeps): KnownTasks {
  const tasks = known.get(deps) ?? new KnownTasks(deps.database);
  known.set(deps, tasks);
  return tasks;
}

const enqueue = operation({
  id: "enqueueTask",
  method: "POST",
  path: "/tasks/{task}",
  tag: "Jobs",
  summary: "Start a job of one task, without a blueprint; `Prefer: wait=<seconds>` holds the answer back for its end",
  access: "jobs:start",
  params: z.object({ task: z.string().min(1).max(200).meta({ description: "A task type", example: "demo_echo" }) }),
  subject: "Task",
  query: enqueueTaskQuery,
  body: enqueueTaskBody,
  bodyOptional: true,
  headers: [...START_PARAMETERS, PREFER_WAIT],
  answers: {
    200: {
      description: "It ended in the time that the request would wait",
      schema: taskEnded,
      headers: STARTED_HEADERS,
    },
    202: { description: "The job is made", schema: startJobAnswer, headers: STARTED_HEADERS },
    422: { description: "Nobody knows the task, or the Idempotency-Key belongs to another request" },
  },
  async handle({ params, query, body, caller, request, url, deps }) {
    const task = query.park === "true" ? named(params.task) : await knownTasksOf(deps).known(named(params.task));
    const { order, options } = orderOf(task, body);
    const { jobId, replayed, headers } = await startJobAs(deps, caller, {
      ...(await taskJob(deps, order, options)),
      idempotencyKey: idempotencyKeyOf(request.headers),
      trace: traceOf(request.headers),
    });
    if (!replayed) deps.metrics.jobStarted(SINGLE_TASK_BLUEPRINT);
    headers.location = `${apiPlaceOf(url.pathname, deps.config.clientApiPrefix)?.base ?? "/api/v1"}/jobs/${jobId}`;
    if (replayed) headers[IDEMPOTENCY_REPLAYED_HEADER] = "true";
    return (await endedInTime(deps, jobId, request, headers)) ?? accepted(jobId, headers);
  },
});

function accepted(jobId: string, headers: Record<string, string>): Answer {
  return { status: 202, body: { status: "accepted", job_id: jobId }, headers };
}

function named(task: string): string {
  const parsed = taskName.safeParse(task);
  if (!parsed.success) throw invalidRequest("task", parsed.error.issues[0]?.message ?? "is no name of a task");
  return parsed.data;
}

function orderOf(task: string, body: EnqueueTaskBody): { order: TaskOrder; options: TaskJobOptions } {
  const { input, timeout_seconds, retry, dispatch, labels, on_failure, ...options } = body;
  const order = { task, input: input ?? {}, timeout_seconds, retry, dispatch, labels, on_failure };
  return { order: order as TaskOrder, options };
}

/** Null when the request would not wait, or not for long enough. */
async function endedInTime(
  deps: HttpDeps,
  jobId: string,
  request: Request,
  headers: Record<string, string>,
): Promise<Answer | null> {
  const seconds = waitSecondsOf(request.headers);
  if (seconds === null) return null;
  headers["preference-applied"] = `wait=${seconds}`;
  const end = await awaitEnd(deps.database, jobId, { timeoutMs: seconds * 1000, gone: request.signal });
  if (end.kind !== "ended") return null;
  const { jobStatus, status: outcome, data, error } = end;
  return { status: 200, body: { status: jobStatus, job_id: jobId, outcome, data, error }, headers };
}

export const taskRoutes = [enqueue];
