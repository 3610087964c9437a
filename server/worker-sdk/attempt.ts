import { createJobFiles } from "./job-files";
import type { Json, Orchestrator, TaskPayload } from "./orchestrator";
import type { ResultBody } from "./run-skill";
import { failureOf, runSkill } from "./run-skill";
import type { Skill } from "./skill";
import { type EventSchemas, type SkillAnswer, type SkillContext, TaskStopped } from "./skill-context";
import { ContractError, RetryableError } from "./skill-error";
import type { TaskInHand } from "./tasks-in-hand";
import { throttledProgress } from "./throttled-progress";
import type { WorkerLog } from "./worker-log";

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How long a called skill may take. */
const CALL_SECONDS = 60;

/** Runs one attempt and gives its result's body; null: there is nothing to report. */
export async function runAttempt(
  task: TaskInHand,
  skill: Skill | undefined,
  workerId: string,
  log: WorkerLog,
): Promise<Json | null> {
  const { orchestrator, payload, stopping } = task;
  const began = performance.now();
  const { signal } = stopping;
  const { files, written } = createJobFiles(orchestrator, payload, signal);
  const costs: Record<string, number> = {};
  const say = eventsOf(orchestrator, payload, skill, workerId);
  const progress = throttledProgress(async (fraction, message) => {
    await say("progress", { progress: fraction, message });
  }, log);
  const limitMs = limitOf(payload);
  const limit = limitMs === null ? undefined : setTimeout(() => stopping.abort(new TaskStopped("deadline")), limitMs);
  const context = contextOf(task, {
    files,
    limitMs,
    progress: progress.tell,
    event: say as SkillContext["event"],
    cost: (more) => void Object.assign(costs, more),
    callSkill: (name, params) => callSkill(orchestrator, payload, name, params, signal),
    log: markedLog(log, payload),
  });
  let body: ResultBody | null;
  try {
    body = await runSkill(skill, payload.type, payload.params, context);
  } catch (error) {
    body = failureOf(error);
  } finally {
    clearTimeout(limit);
    progress.stop();
  }
  if (body === null) return null;
  return {
    job_id: payload.job_id,
    task_id: payload.task_id,
    worker_id: workerId,
    ...body,
    ...(Object.keys(written).length > 0 ? { data_metadata: written } : {}),
    costs: { execution_time_seconds: Math.round(performance.now() - began) / 1_000, ...costs },
  };
}

type Given = Pick<SkillContext, "files" | "limitMs" | "progress" | "event" | "cost" | "callSkill" | "log">;

function contextOf({ payload, stopping }: TaskInHand, given: Given): SkillContext {
  const metadata = isObject(payload.metadata) ? payload.metadata : {};
  const { attempt, idempotency_key: key } = metadata;
  return {
    taskId: payload.task_id,
    jobId: payload.job_id,
    idempotencyKey: typeof key === "string" ? key : payload.task_id,
    attempt: typeof attempt === "number" ? attempt : 1,
    priority: payload.priority ?? 0,
    metadata,
    trace: payload.tracing_context ?? {},
    signal: stopping.signal,
    ...given,
  };
}

function eventsOf(orchestrator: Orchestrator, payload: TaskPayload, skill: Skill | undefined, workerId: string) {
  return async (type: string, given: unknown): Promise<boolean> => {
    const answer = await orchestrator.event({
      worker_id: workerId,
      origin_worker_id: workerId,
      event_type: type,
      payload: type === "progress" ? given : checkedEvent(skill?.events, type, given),
      origin_task_id: payload.task_id,
      target_task_id: payload.task_id,
      target_job_id: payload.job_id,
      bubbling_chain: [],
      trace_context: payload.tracing_context ?? {},
    });
    if (answer.status === "event_accepted") return true;
    if (answer.code === "CONTRACT_VIOLATION_ERROR") throw new ContractError(`event ${type}: ${String(answer.message)}`);
    return false;
  };
}

function checkedEvent(events: EventSchemas | undefined, type: string, payload: unknown): unknown {
  if (!events) return payload;
  const schema = Object.hasOwn(events, type) ? events[type] : undefined;
  if (!schema) throw new ContractError(`event ${type}: the skill declares ${Object.keys(events).join(", ") || "none"}`);
  const read = schema.safeParse(payload);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  throw new ContractError(`event ${type}: ${faults}`);
}

async function callSkill(
  orchestrator: Orchestrator,
  { task_id }: TaskPayload,
  name: string,
  params: Json,
  signal: AbortSignal,
): Promise<SkillAnswer> {
  const body = { skill_name: name, params, task_id, timeout: CALL_SECONDS, cancel_on_disconnect: true };
  return orchestrator.callSkill(body, signal).then(
    (answer) => ({ data: null, ...answer, status: typeof answer.status === "string" ? answer.status : "success" }),
    (cause: Error) => {
      throw new RetryableError(`The skill ${name} could not be called: ${cause.message}`, { cause });
    },
  );
}

/** Counted from the orchestrator's own clock, which stands in `timestamp`: clocks differ. */
function limitOf({ deadline, timestamp }: TaskPayload): number | null {
  if (typeof deadline !== "number") return null;
  const nowS = typeof timestamp === "number" ? timestamp : Date.now() / 1_000;
  return Math.min(LONGEST_TIMER_MS, Math.max(0, Math.round((deadline - nowS) * 1_000)));
}

function markedLog(log: WorkerLog, { job_id, task_id }: TaskPayload): WorkerLog {
  const at =
    (level: keyof WorkerLog): WorkerLog["info"] =>
    (message, fields = {}) =>
      log[level](message, { job_id, task_id, ...fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
