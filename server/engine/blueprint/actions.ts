import type { HandlerAction } from "@/lib/blueprint/action";
import type { DispatchStrategy, RetryPolicy, TaskRequirements } from "@/lib/blueprint/document";
import type { JsonObject, JsonValue } from "@/lib/json";

/** Work for a worker, as TypeScript writes it; the document's `TaskSpec` in camelCase. */
export interface TaskOptions {
  taskType: string;
  params?: JsonObject;
  dispatchTimeoutSeconds?: number;
  resultTimeoutSeconds?: number;
  /** One attempt. */
  timeoutSeconds?: number;
  retry?: RetryOptions;
  /** Higher goes first; default 0. */
  priority?: number;
  requirements?: RequirementOptions;
  maxCost?: number;
  strategy?: DispatchStrategy;
  /** The worker's skill must have exactly this version, or this type. */
  skillVersion?: string;
  skillType?: string;
  outputSchema?: JsonObject;
}

export interface RetryOptions {
  maxAttempts?: RetryPolicy["max_attempts"];
  baseMs?: RetryPolicy["base_ms"];
  maxMs?: RetryPolicy["max_ms"];
  jitter?: boolean;
}

export interface RequirementOptions {
  resources?: JsonObject;
  installedSoftware?: TaskRequirements["installed_software"];
  installedArtifacts?: TaskRequirements["installed_artifacts"];
  labels?: TaskRequirements["labels"];
  skill?: JsonObject;
  extraRequirements?: JsonObject;
}

export interface ParallelOptions<Targets extends string> {
  tasks: TaskOptions[];
  aggregateInto: Targets;
  concurrency?: number;
  tolerateFailures?: number;
  transitions?: { failure?: Targets };
}

export interface ApprovalOptions<Targets extends string> {
  message: string;
  form?: JsonObject;
  approvers?: string[];
  quorum?: number;
  quorumRejected?: number;
  denyStarter?: boolean;
  deadlineSeconds?: number;
  /** Whom it is put to as well when nobody decides; counted from the question on. */
  escalate?: { afterSeconds: number; to: string[] }[];
  transitions: Record<string, Targets>;
}

export interface ChildOptions<Targets extends string> {
  blueprint: string;
  input?: JsonObject;
  transitions: Record<string, Targets>;
}

export type WaitOptions<Targets extends string> =
  | { seconds: number; to: Targets }
  | { until: Date | string; to: Targets }
  | { signal: string; timeoutSeconds?: number; transitions: { received: Targets; timeout?: Targets } };

/** What a handler can do: exactly one of the first six, and any number of the last two. */
export interface Actions<Targets extends string> {
  transitionTo(state: Targets): HandlerAction;
  dispatchTask(
    task: TaskOptions & { transitions: Record<string, Targets>; onEvent?: Record<string, Targets> },
  ): HandlerAction;
  dispatchParallel(options: ParallelOptions<Targets>): HandlerAction;
  awaitHumanApproval(options: ApprovalOptions<Targets>): HandlerAction;
  runBlueprint(options: ChildOptions<Targets>): HandlerAction;
  waitFor(options: WaitOptions<Targets>): HandlerAction;
  /** Merges into `stateHistory` and `initialData`. */
  updateContext(values: JsonObject): void;
  /** Recorded in the job's history, with the action. */
  sendEvent(eventType: string, payload: JsonValue): void;
}
