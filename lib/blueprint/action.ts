import type { JsonObject, JsonValue } from "@/lib/json";
import type { TaskSpec, Transitions } from "./document";

/** What a handler decided, as it is stored in the event `handler_returned`. Templates are already values here. */
export type HandlerAction =
  | TransitionToAction
  | DispatchTaskAction
  | DispatchParallelAction
  | AwaitHumanApprovalAction
  | RunBlueprintAction
  | WaitForAction;

export interface TransitionToAction {
  type: "transition_to";
  to: string;
}

export interface DispatchTaskAction extends TaskSpec {
  type: "dispatch_task";
  transitions: Transitions;
  on_event?: Transitions;
}

export interface DispatchParallelAction {
  type: "dispatch_parallel";
  tasks: TaskSpec[];
  aggregate_into: string;
  concurrency?: number;
  tolerate_failures?: number;
  transitions?: { failure?: string };
}

export interface AwaitHumanApprovalAction {
  type: "await_human_approval";
  message: string;
  form?: JsonObject;
  approvers?: string[];
  quorum?: number;
  quorum_rejected?: number;
  deny_starter?: boolean;
  deadline_seconds?: number;
  escalate?: { after_seconds: number; to: string[] }[];
  transitions: Transitions;
}

export interface RunBlueprintAction {
  type: "run_blueprint";
  blueprint: string;
  input: JsonObject;
  transitions: Transitions;
}

/** Exactly one of `seconds`, `until` (ISO 8601), `signal`. */
export interface WaitForAction {
  type: "wait_for";
  seconds?: number;
  until?: string;
  signal?: string;
  timeout_seconds?: number;
  to?: string;
  transitions?: { received?: string; timeout?: string };
}

/** An event that a handler sent along with its action. */
export interface SentEvent {
  event_type: string;
  payload: JsonValue;
}

/** A handler's changes of `state_history`, by top-level key; committed with its action. */
export interface ContextPatch {
  set: JsonObject;
  unset: string[];
  /** Keys that `updateContext` gave: they go into `initial_data` too. Absent when there are none. */
  input?: JsonObject;
}

/** Every state that an action can lead to, in the order of its keys, without repeats. */
export function targetsOf(action: HandlerAction): string[] {
  switch (action.type) {
    case "transition_to":
      return [action.to];
    case "dispatch_task":
      return distinct([...Object.values(action.transitions), ...Object.values(action.on_event ?? {})]);
    case "dispatch_parallel":
      return distinct([action.aggregate_into, ...values(action.transitions)]);
    case "await_human_approval":
    case "run_blueprint":
      return distinct(Object.values(action.transitions));
    case "wait_for":
      return distinct([...(action.to === undefined ? [] : [action.to]), ...values(action.transitions)]);
  }
}

function values(transitions: Record<string, string | undefined> | undefined): string[] {
  return Object.values(transitions ?? {}).filter((to) => to !== undefined);
}

function distinct(states: string[]): string[] {
  return [...new Set(states)];
}
