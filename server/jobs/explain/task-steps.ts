import type { WaitingStep } from "@/lib/api/explain";
import { TASK_STATUS } from "@/server/engine/job";
import type { ExplainedTask } from "@/server/store/reads/explain-facts";
import { completion, iso, jobLimit, lastEvent, limit, type Moment, sinceLast, step } from "./moment";
import { type Placement, placementOf, placementSentence } from "./placement";
import { type Said, say } from "./sentences";

/** Why an open task is not done yet. */
export function taskStep(moment: Moment, task: ExplainedTask): WaitingStep {
  switch (task.status) {
    case TASK_STATUS.running:
      return runningStep(moment, task);
    case TASK_STATUS.retry:
      return retryStep(moment, task);
    case TASK_STATUS.held:
      return placeStep(moment, task);
    default:
      return workerStep(moment, task);
  }
}

function workerStep(moment: Moment, task: ExplainedTask): WaitingStep {
  const { type, dispatch_deadline, deadline_at } = task;
  const { live, busy, draining } = moment.facts.workers.find((one) => one.type === type) ?? {
    live: 0,
    busy: 0,
    draining: 0,
  };
  const queue_paused = moment.facts.pausedTypes.includes(type);
  const announced = task.status === TASK_STATUS.announced;
  const ahead = task.ahead ?? 0;
  const placement = placementFor(moment, task);
  const said = queue_paused
    ? say("queue_paused", { type })
    : placement
      ? placementSentence(type, placement)
      : task.status === TASK_STATUS.placed
        ? say("placed", { type, worker: task.worker })
        : workerSentence({ type, live, busy, draining, ahead, queue_paused, announced });
  const ends = [
    { what: queue_paused ? "queue" : "worker", at: null, how: null },
    ...limit("dispatch_timeout", dispatch_deadline),
    ...limit("result_timeout", deadline_at),
    ...completion(moment),
    ...jobLimit(moment),
  ];
  return {
    kind: "worker",
    ...step(moment, said, waitingSince(moment, task), task, ends),
    waits_for: {
      task_type: type,
      workers: { live, busy, draining },
      queue_paused,
      ahead,
      announced,
      dispatch_deadline: iso(dispatch_deadline),
      result_deadline: iso(deadline_at),
      ...(placement ? { placement } : {}),
    },
  };
}

/** What the dispatcher sees when it looks for a worker; null for a task that it does not place, or has placed. */
function placementFor({ facts }: Moment, task: ExplainedTask): Placement | null {
  const { type, wish, params } = task;
  if (task.status !== TASK_STATUS.unplaced || !wish || !facts.placement) return null;
  return placementOf(facts.placement, { type, wish, params: params ?? undefined }, facts.reputationThreshold ?? 0);
}

interface Queue {
  type: string;
  live: number;
  busy: number;
  draining: number;
  ahead: number;
  queue_paused: boolean;
  announced: boolean;
}

function workerSentence({ type, live, busy, draining, ahead, queue_paused, announced }: Queue): Said {
  if (queue_paused) return say("queue_paused", { type });
  if (live === 0) return say("worker_none", { type });
  if (draining === live) return say("worker_draining", { type, live });
  if (busy + draining === live) return say("worker_busy", { type, live, ahead });
  return announced ? say("worker_next", { type, live }) : say("worker_free", { type, live, ahead });
}

function waitingSince(moment: Moment, task: ExplainedTask): string {
  const again = lastEvent(moment, "task_redelivered", task.no);
  return (again?.at ?? task.created_at).toISOString();
}

function runningStep(moment: Moment, task: ExplainedTask): WaitingStep {
  const { type, attempt, worker, worker_live, progress, progress_message, due_at, deadline_at, timeout_ms } = task;
  const started = lastEvent(moment, "task_started", task.no);
  const percent = progress === null ? null : Math.round(progress * 100);
  const values = { type, worker, attempt };
  const said =
    worker_live === false
      ? say("task_worker_gone", values)
      : percent === null
        ? say("task_running", values)
        : say("task_progress", { ...values, percent });
  const attemptLimit = timeout_ms === null ? null : due_at;
  const ends = [
    { what: "result", at: null, how: null },
    ...limit("attempt_timeout", attemptLimit),
    ...limit("result_timeout", deadline_at),
    ...completion(moment),
    ...jobLimit(moment),
  ];
  return {
    kind: "task_running",
    ...step(moment, said, started?.at.toISOString() ?? waitingSince(moment, task), task, ends),
    waits_for: {
      task_type: type,
      worker,
      worker_live,
      attempt_deadline: iso(attemptLimit),
      result_deadline: iso(deadline_at),
      progress,
      progress_message,
    },
  };
}

function retryStep(moment: Moment, task: ExplainedTask): WaitingStep {
  const { type, attempt, due_at, no } = task;
  const failed = lastEvent(moment, "task_failed", no);
  const last_error = failed ? { code: String(failed.data.code), message: String(failed.data.message) } : null;
  const said = say("retry", { type, attempt, at: iso(due_at), error: last_error?.message ?? null });
  const ends = [
    ...limit("retry", due_at),
    ...limit("result_timeout", task.deadline_at),
    ...completion(moment),
    ...jobLimit(moment),
  ];
  return {
    kind: "retry",
    ...step(moment, said, sinceLast(moment, "task_retry_set", no), task, ends),
    waits_for: {
      due_at: iso(due_at),
      next_attempt: attempt,
      max_attempts: moment.told.maxAttempts.get(no) ?? null,
      last_error,
    },
  };
}

function placeStep(moment: Moment, task: ExplainedTask): WaitingStep {
  const { concurrency } = moment.told;
  const ends = [{ what: "place", at: null, how: null }, ...completion(moment), ...jobLimit(moment)];
  return {
    kind: "place",
    ...step(moment, say("place", { concurrency }), task.created_at.toISOString(), task, ends),
    waits_for: { running: moment.facts.runningTasks, concurrency },
  };
}
