import type { JsonObject } from "@/lib/json";
import type { RequirementOptions, RetryOptions, TaskOptions } from "@/server/engine/blueprint/actions";
import { defined, retryOf, taskSpecOf } from "@/server/engine/blueprint/snake-case";
import type { TaskJobOptions } from "@/server/jobs/enqueue-task";
import type { TaskDispatch, TaskOrder } from "@/server/jobs/task-blueprint";
import type { StartOptions } from "./options";

/** What a job of one task may be told beside its input. */
export interface EnqueueOptions extends StartOptions {
  /** How long one attempt may run. */
  timeoutSeconds?: number;
  retry?: RetryOptions;
  /** Higher goes first; default 0. */
  priority?: number;
  /** Of the job, beside `task`; at most 20. */
  labels?: Readonly<Record<string, string>>;
  /** Which worker may have it. */
  dispatch?: Pick<TaskOptions, "strategy" | "maxCost" | "skillVersion" | "skillType"> & {
    requirements?: RequirementOptions;
  };
  /** Seconds that it may wait for a worker, and from hand-out to result. */
  dispatchTimeoutSeconds?: number;
  resultTimeoutSeconds?: number;
  /**
   * When it fails for good. `quarantine` (default): as the error's code says, for an operator to look into. `end`: the job
   * fails, because whoever waits for it is told.
   */
  onFailure?: "quarantine" | "end";
  /** Also a name that nobody serves: the job waits until somebody does. */
  park?: boolean;
  /** W3C trace context, kept with the job. */
  traceparent?: string;
}

/** What a library's options say of the task, and of its job. */
export function taskOrderOf(
  task: string,
  input: JsonObject,
  options: EnqueueOptions,
): { order: TaskOrder; job: TaskJobOptions } {
  const { timeoutSeconds, retry, labels, dispatch, onFailure, priority, metadata } = options;
  const order: TaskOrder = defined({
    task,
    input,
    timeout_seconds: timeoutSeconds,
    retry: retry && retryOf(retry),
    labels: labels && { ...labels },
    dispatch: dispatch && dispatchOf(dispatch),
    on_failure: onFailure,
  }) as TaskOrder;
  const { dispatchTimeoutSeconds: dispatch_timeout, resultTimeoutSeconds: result_timeout } = options;
  return { order, job: defined({ priority, metadata, dispatch_timeout, result_timeout }) as TaskJobOptions };
}

function dispatchOf(dispatch: NonNullable<EnqueueOptions["dispatch"]>): TaskDispatch {
  const { requirements, strategy, max_cost, skill_version, skill_type } = taskSpecOf({ taskType: "", ...dispatch });
  return defined({ requirements, strategy, max_cost, skill_version, skill_type }) as TaskDispatch;
}
