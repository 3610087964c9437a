import { isJsonObject, type JsonObject } from "@/lib/json";
import type { Applications } from "./application";
import { reopen } from "./apply-job";
import { startHandler } from "./handler-state";
import { heardKey, type Job } from "./job";
import { leaveState } from "./leave-state";
import { MOST_HEARD } from "./limits";

/** Events of the current state: its entry, its handler, its waits, its child, and its end by hand. */
export const APPLY_STATE: Applications<
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
  state_entered(draft, data, seq, blueprint) {
    draft.previousState = draft.state === data.state ? draft.previousState : draft.state || null;
    draft.state = data.state;
    draft.entry = seq;
    draft.transitions += 1;
    draft.status = "running";
    draft.action = null;
    draft.handlerFailures = 0;
    leaveState(draft);
    if (draft.paused) draft.deferred = "state";
    else startHandler(draft, blueprint);
  },

  context_set(draft, data) {
    draft.stateHistory = { ...draft.stateHistory, ...data.set };
    for (const key of data.unset ?? []) delete draft.stateHistory[key];
    if (data.input) draft.input = { ...draft.input, ...data.input };
  },

  handler_returned(draft, data) {
    draft.action = data.action;
    draft.timers.delete("handler");
    if (draft.paused) draft.deferred = "action";
  },

  handler_failed(draft, data) {
    draft.handlerFailures += 1;
    draft.timers.delete("handler");
    if (data.retry_in_ms !== undefined) {
      draft.status = "awaiting_retry";
      draft.timers.set("handler", { kind: "handler_retry", dueMs: data.retry_in_ms });
    }
  },

  timer_set(draft, data) {
    draft.timers.set(data.key, { kind: data.timer, dueMs: data.due_ms });
  },

  timer_fired(draft, data, _seq, blueprint) {
    const timer = draft.timers.get(data.key);
    draft.timers.delete(data.key);
    if (timer?.kind === "wait") draft.wait = null;
    if (timer?.kind !== "handler_retry") return;
    draft.status = "running";
    if (draft.paused) draft.deferred = "state";
    else startHandler(draft, blueprint);
  },

  wait_started(draft, data) {
    draft.status = "waiting";
    draft.wait = { signal: data.signal ?? null };
    if (data.due_ms !== undefined) draft.timers.set("wait", { kind: "wait", dueMs: data.due_ms });
  },

  signal_received(draft, data) {
    draft.wait = null;
    draft.timers.delete("wait");
    if (data.payload !== undefined) draft.stateHistory = { ...draft.stateHistory, [draft.state]: data.payload };
  },

  child_started(draft, data) {
    draft.status = "waiting_for_sub_job";
    draft.child = { no: data.n, id: data.child, blueprint: data.blueprint };
  },

  child_ended(draft, data) {
    const { child, status, outcome, result = null, error = null } = data;
    draft.child = null;
    if (error) draft.error = { ...error, state: draft.state };
    const ended: JsonObject = { job_id: child ?? null, status, outcome, result, error: error && { ...error } };
    draft.stateHistory = { ...draft.stateHistory, [draft.state]: ended };
  },

  /** Where it leads is told by the events that follow it. */
  worker_event(draft, { worker, event_id }) {
    if (worker === undefined || event_id === undefined) return;
    const heard = [...draft.heard, heardKey(worker, event_id)];
    draft.heard = new Set(heard.slice(-MOST_HEARD));
  },

  step_completed(draft, data, _seq, blueprint) {
    if (draft.status === "quarantined") reopen(draft, blueprint);
    leaveState(draft);
    mergeData(draft, data.data);
  },
};

/** Takes what a step gave into the state history: an object key by key, anything else under the state's name. */
export function mergeData(draft: Job, data: unknown): void {
  if (isJsonObject(data)) draft.stateHistory = { ...draft.stateHistory, ...data };
  else if (data !== undefined && data !== null)
    draft.stateHistory = { ...draft.stateHistory, [draft.state]: data as string };
}
