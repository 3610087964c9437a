import { changeLast } from "@/lib/attempt-view";
import { isJsonObject } from "@/lib/json";
import { closeStep, type ViewApplications } from "./view-draft";

/** Events of the current step. */
export const STEP_EVENTS: ViewApplications<
  | "state_entered"
  | "context_set"
  | "handler_returned"
  | "handler_failed"
  | "timer_set"
  | "timer_fired"
  | "wait_started"
  | "signal_received"
  | "child_started"
  | "child_ended"
  | "worker_event"
  | "step_completed"
> = {
  state_entered(draft, data, at, seq) {
    const { view } = draft;
    closeStep(draft, at, data.via?.on === "failure" ? "failed" : "succeeded");
    if (data.via) view.edges.push({ from: data.via.from, to: data.state, on: data.via.on, entry: seq });
    if (data.via?.cases) view.cases = { ...view.cases, [data.via.from]: data.via.cases };
    draft.push({
      entry: seq,
      state: data.state,
      visit: draft.nextVisit(data.state),
      status: "running",
      enteredAt: at,
      endedAt: null,
      via: data.via ?? null,
      tasks: [],
      fanOut: null,
      approval: null,
      wait: null,
      signal: null,
      child: null,
      events: [],
      completedBy: null,
      handlerFailures: [],
      patch: {},
      error: null,
    });
  },

  context_set(draft, data) {
    const step = draft.step();
    if (step) step.patch = { ...step.patch, ...data.set };
  },

  handler_returned(draft, data) {
    const step = draft.step();
    if (step && data.cases) draft.view.cases = { ...draft.view.cases, [step.state]: data.cases };
  },

  handler_failed(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    step.handlerFailures.push({ attempt: data.attempt, message: data.message, at });
    step.error = { code: "HANDLER_ERROR", message: data.message };
    if (data.retry_in_ms !== undefined) step.status = "retrying";
  },

  timer_set(draft) {
    const step = draft.step();
    if (step) step.status = "waiting";
  },

  timer_fired(draft) {
    const step = draft.step();
    if (step?.status === "retrying" || step?.status === "waiting") step.status = "running";
  },

  wait_started(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    const dueAt = data.due_ms === undefined ? null : new Date(Date.parse(at) + data.due_ms).toISOString();
    step.wait = { signal: data.signal ?? null, dueAt };
    step.status = "waiting";
  },

  signal_received(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    step.signal = { name: data.name, by: data.by, at };
    step.status = "running";
    if (data.payload !== undefined) step.patch = { ...step.patch, [step.state]: data.payload };
  },

  child_started(draft, data) {
    const step = draft.step();
    if (!step) return;
    step.child = { jobId: data.child, blueprint: data.blueprint, status: null };
    step.status = "waiting";
  },

  child_ended(draft, data) {
    const step = draft.step();
    if (!step) return;
    if (step.child) step.child = { ...step.child, status: data.status };
    step.status = data.error ? "failed" : "succeeded";
    step.error = data.error ?? null;
  },

  worker_event(draft, data, at) {
    const step = draft.step();
    if (step) step.events = [...step.events, { type: data.event_type, worker: data.worker ?? null, at }];
  },

  step_completed(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    draft.view.ended = null;
    draft.view.endedAt = null;
    step.completedBy = data.by;
    step.error = null;
    step.tasks = step.tasks.map((task) =>
      task.attempts.at(-1)?.endedAt
        ? task
        : { ...task, status: "cancelled", attempts: changeLast(task, { endedAt: at }) },
    );
    if (isJsonObject(data.data)) step.patch = { ...step.patch, ...data.data };
  },
};
