import type { JsonObject, JsonValue } from "@/lib/json";

/**
 * The blueprint document: the one model that engine, graph, forms, docs, diff and editor read. Types only, so pages can
 * import them for nothing; the zod schemas stand in `schema/`, and a type test keeps the two equal.
 *
 * Every `…_seconds` is in seconds, `…_ms` in milliseconds. A text marked "template" may hold `${expression}`.
 */
export interface BlueprintDocument {
  name: string;
  description?: string;
  /** Default `v1`. */
  api_version?: string;
  /** Where jobs are started, below `/api/<api_version>`. Default `/jobs/<name>`. */
  api_endpoint?: string;
  /** JSON Schema of the input. */
  input_schema?: JsonObject;
  /** JSON Schema of the result, checked at a successful end. */
  output_schema?: JsonObject;
  /** Templates; evaluated at the start, indexed, filterable in lists. Below `*` stands one of an object of labels. */
  labels?: Record<string, string>;
  /** The whole job. */
  timeout_seconds?: number;
  /** State entries of a job at most; default 1,000. */
  max_transitions?: number;
  states: Record<string, BlueprintState>;
}

export type BlueprintState =
  | HandlerState
  | ChoiceState
  | SetState
  | TaskState
  | ParallelState
  | ApprovalState
  | ChildState
  | WaitState
  | EndState;

export type StateType = BlueprintState["type"];

/** Outcome (or event, or decision) → the state that follows. */
export type Transitions = Record<string, string>;

interface StateBase {
  /** Exactly one state of a document starts. */
  start?: boolean;
  description?: string;
}

/** Code, only in TypeScript. `to` lists every state that the handler may lead to. */
export interface HandlerState extends StateBase {
  type: "handler";
  handler: string;
  to: string[];
  /** Promises to be pure and quick, and runs inside the engine's turn. */
  inline?: boolean;
  /** Variants: the first whose condition is true runs instead of `handler`. */
  cases?: HandlerCase[];
  /** Default 30 s. */
  timeout_seconds?: number;
  /** For a handler that throws. */
  retry?: RetryPolicy;
}

export interface HandlerCase {
  when: string;
  handler: string;
}

export interface ChoiceState extends StateBase {
  type: "choice";
  cases: ChoiceCase[];
  default?: string;
}

export interface ChoiceCase {
  when: string;
  to: string;
}

/** Computes data without code; `values` is merged into `state_history`. */
export interface SetState extends StateBase {
  type: "set";
  values: JsonObject;
  to: string;
}

/** Backoff with full jitter: attempt n waits up to `base_ms · 2^(n-1)`, never more than `max_ms`. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  max_attempts?: number;
  base_ms?: number;
  max_ms?: number;
  jitter?: boolean;
}

export type DispatchStrategy = "default" | "round_robin" | "least_connections" | "cheapest" | "best_value" | "overflow";

/** What a worker must offer. */
export interface TaskRequirements {
  resources?: JsonObject;
  /** Name → version, or `any`. */
  installed_software?: Record<string, string>;
  installed_artifacts?: JsonValue[];
  labels?: Record<string, string>;
  skill?: JsonObject;
  extra_requirements?: JsonObject;
}

/** Work for a worker: what a task state and a branch of a parallel state have in common. */
export interface TaskSpec {
  /** The worker's skill. */
  task_type: string;
  /** Template. */
  params?: JsonObject;
  /** Waiting in the queue. */
  dispatch_timeout_seconds?: number;
  /** Deadline of the result, counted from the dispatch. */
  result_timeout_seconds?: number;
  /** One attempt. */
  timeout_seconds?: number;
  retry?: RetryPolicy;
  /** Higher goes first; default 0. */
  priority?: number;
  requirements?: TaskRequirements;
  max_cost?: number;
  strategy?: DispatchStrategy;
  /** Of the worker's skill, when it must be a certain one. */
  skill_version?: string;
  skill_type?: string;
  /** JSON Schema; a result that breaks it is CONTRACT_VIOLATION. */
  output_schema?: JsonObject;
}

export interface TaskState extends StateBase, TaskSpec {
  type: "task";
  transitions: Transitions;
  /** A worker's event → the state that follows at once. */
  on_event?: Transitions;
}

/** Either `tasks`, or `for_each` with `task`. */
export interface ParallelState extends StateBase {
  type: "parallel";
  tasks?: TaskSpec[];
  /** Template of a list; `item` and `index` are in scope in `task.params`. */
  for_each?: string;
  task?: TaskSpec;
  /** Branches under way at once; default all. */
  concurrency?: number;
  /** How many branches may fail; one more follows `transitions.failure`. */
  tolerate_failures?: number;
  aggregate_into: string;
  transitions?: { failure?: string };
}

export interface ApprovalState extends StateBase {
  type: "approval";
  /** Template. */
  message: string;
  /** JSON Schema of the answer's values. */
  form?: JsonObject;
  /** `role:<role>`, `user:<mail>`, `client:owner`; default `["role:approver", "client:owner"]`. */
  approvers?: string[];
  /** Equal decisions of distinct people; default 1. */
  quorum?: number;
  /** Default 1: the first rejection ends it. */
  quorum_rejected?: number;
  deny_starter?: boolean;
  deadline_seconds?: number;
  escalate?: { after_seconds: number; to: string[] }[];
  /** `approved`, and if wished `rejected`, `expired` and words of one's own, which become buttons. */
  transitions: Transitions;
}

export interface ChildState extends StateBase {
  type: "child";
  blueprint: string;
  /** Template. */
  input?: JsonObject;
  transitions: Transitions;
}

/** Exactly one of `seconds`, `until`, `signal`. */
export interface WaitState extends StateBase {
  type: "wait";
  /** A number, or a template of one. */
  seconds?: number | string;
  /** An instant (ISO 8601), or a template of one. */
  until?: string;
  signal?: string;
  /** How long a signal is awaited. */
  timeout_seconds?: number;
  to?: string;
  /** For a signal: `received`, `timeout`. */
  transitions?: { received?: string; timeout?: string };
}

export type EndOutcome = "success" | "failure";

export interface EndState extends StateBase {
  type: "end";
  outcome: EndOutcome;
  /** Template; default the whole `state_history`. */
  result?: JsonValue;
  /** Only in TypeScript; may end without an action. */
  handler?: string;
}
