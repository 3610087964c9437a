import { beganAt, changeLast, ending, firstError, lastLines, newAttempt, newTask } from "@/lib/attempt-view";
import { isJsonObject } from "@/lib/json";
import type { ViewApplications } from "./view-draft";

/** Events of tasks and fan-outs. */
export const TASK_EVENTS: ViewApplications<
  | "task_dispatched"
  | "tasks_fanned_out"
  | "task_started"
  | "task_finished"
  | "task_failed"
  | "task_retry_set"
  | "task_redelivered"
  | "tasks_aggregated"
> = {
  task_dispatched(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    step.tasks = [newTask(data.n, data.task_type, null, at)];
    step.status = "queued";
  },

  tasks_fanned_out(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    const type = (branch: number) => data.task_types[branch] ?? data.task_types[0] ?? "";
    step.tasks = Array.from({ length: data.count }, (_, branch) => newTask(data.n0 + branch, type(branch), branch, at));
    step.fanOut = { expected: data.count, tolerate: data.tolerate, aggregateInto: data.aggregate_into };
    step.status = "running";
  },

  task_started(draft, data, at) {
    draft.task(data.n, (task) => ({
      ...task,
      status: "running",
      attempts: changeLast(task, { startedAt: beganAt(task, at, data.ms), worker: data.worker, fence: data.fence }),
    }));
  },

  task_finished(draft, data, at) {
    draft.task(data.n, (task) => ({
      ...task,
      status: "succeeded",
      output: data.r,
      attempts: changeLast(task, { ...ending(task, at, data), outcome: "success", word: data.outcome }),
    }));
    const step = draft.step();
    if (step && !step.fanOut && isJsonObject(data.r)) step.patch = { ...step.patch, ...data.r };
  },

  task_failed(draft, data, at) {
    const error = { code: data.code, message: data.message, ...lastLines(data.details) };
    draft.task(data.n, (task) => ({
      ...task,
      status: data.final ? "failed" : "retrying",
      attempts: changeLast(task, { ...ending(task, at, data), outcome: "failure", word: data.outcome ?? null, error }),
    }));
    const step = draft.step();
    if (step && data.final && !step.fanOut) step.error = error;
  },

  task_retry_set(draft, data, at) {
    const retryAt = new Date(Date.parse(at) + data.due_ms).toISOString();
    draft.task(data.n, (task) => ({ ...task, status: "retrying", attempts: changeLast(task, { retryAt }) }));
  },

  task_redelivered(draft, data, at) {
    draft.task(data.n, (task) => {
      const last = task.attempts.at(-1);
      // A worker that was lost, or stopped and gave it back, has not failed at it: the same attempt again.
      const isSameAttempt = data.reason !== "retry";
      const attempts = isSameAttempt
        ? changeLast(task, { endedAt: at, outcome: "lost", worker: data.worker ?? last?.worker ?? null })
        : task.attempts;
      const attempt = (last?.attempt ?? 0) + (isSameAttempt ? 0 : 1);
      return { ...task, status: "queued", attempts: [...attempts, newAttempt(attempt, data.fence, at)] };
    });
  },

  tasks_aggregated(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    step.tasks = step.tasks.map((task) =>
      task.attempts.at(-1)?.endedAt
        ? task
        : { ...task, status: "cancelled", attempts: changeLast(task, { endedAt: at }) },
    );
    if (data.failed > (step.fanOut?.tolerate ?? 0)) step.error = step.error ?? firstError(step);
  },
};
