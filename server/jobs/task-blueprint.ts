import type { RetryPolicy, TaskSpec } from "@/lib/blueprint/document";
import { SINGLE_TASK_BLUEPRINT, TASK_LABEL } from "@/lib/blueprint/names";
import type { JsonObject } from "@/lib/json";
import type { RequirementOptions, RetryOptions } from "@/server/engine/blueprint/actions";
import { type DefinedBlueprint, defineBlueprint, handlersFor } from "@/server/engine/blueprint/define";

/** What a job of one task is started with: its `initial_data`. */
export interface TaskOrder {
  task: string;
  input?: JsonObject;
  /** Of one attempt. */
  timeout_seconds?: number;
  retry?: RetryPolicy;
  /** Which worker may have it. */
  dispatch?: TaskDispatch;
  /** Of the job, beside `task`. */
  labels?: Record<string, string>;
  /**
   * `quarantine`, the default: as the table of error codes says, so that an operator can look into it. `end`: the job
   * ends as failed, because whoever waits for it is told.
   */
  on_failure?: "quarantine" | "end";
}

export type TaskDispatch = Pick<TaskSpec, "requirements" | "strategy" | "max_cost" | "skill_version" | "skill_type">;

const { handler, end } = handlersFor<{ input: JsonObject; dataStores: object }>();

const run = handler(
  { to: ["done", "failed"], start: true, inline: true, description: "Give the task to a worker." },
  ({ initialData, actions }) => {
    const { task, input = {}, timeout_seconds, retry, dispatch = {}, on_failure } = initialData as unknown as TaskOrder;
    const { requirements, strategy, max_cost, skill_version, skill_type } = dispatch;
    return actions.dispatchTask({
      taskType: task,
      params: input,
      ...given({ timeoutSeconds: timeout_seconds, strategy, maxCost: max_cost }),
      ...given({ skillVersion: skill_version, skillType: skill_type }),
      ...given({ retry: retry && retryOptions(retry), requirements: requirements && requirementOptions(requirements) }),
      transitions: on_failure === "end" ? { success: "done", failure: "failed" } : { success: "done" },
    });
  },
);

function retryOptions({ max_attempts, base_ms, max_ms, jitter }: RetryPolicy): RetryOptions {
  return given({ maxAttempts: max_attempts, baseMs: base_ms, maxMs: max_ms, jitter });
}

function requirementOptions(wish: NonNullable<TaskSpec["requirements"]>): RequirementOptions {
  const { installed_software, installed_artifacts, extra_requirements, ...rest } = wish;
  return {
    ...rest,
    ...given({
      installedSoftware: installed_software,
      installedArtifacts: installed_artifacts,
      extraRequirements: extra_requirements,
    }),
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}

/**
 * One task as a job of its own: what was asked for by `POST /tasks/{task}`, by `enqueue`, or by `POST /skills/call`. One
 * blueprint serves all task types; the label `task` says which one a job is.
 */
export function taskBlueprint(): DefinedBlueprint {
  return defineBlueprint({
    name: SINGLE_TASK_BLUEPRINT,
    description: "One task as a job of its own, without a blueprint for it.",
    labels: { "*": "${initial_data.labels}", [TASK_LABEL]: "${initial_data.task}" },
    inputSchema: INPUT_SCHEMA,
    states: {
      run,
      done: end({ outcome: "success", result: "${state_history}" }),
      failed: end({ outcome: "failure" }),
    },
  });
}

const INPUT_SCHEMA = {
  type: "object",
  required: ["task"],
  additionalProperties: false,
  properties: {
    task: { type: "string", title: "Task", pattern: "^[a-zA-Z0-9_-]{1,128}$" },
    input: { type: "object", title: "Input", default: {} },
    timeout_seconds: {
      type: "number",
      title: "Seconds that an attempt may run",
      exclusiveMinimum: 0,
      maximum: 31_536_000,
    },
    retry: {
      type: "object",
      title: "Retries",
      additionalProperties: false,
      properties: {
        max_attempts: { type: "integer", title: "Attempts, the first included", minimum: 1, maximum: 100 },
        base_ms: { type: "integer", title: "First pause (ms)", minimum: 0, maximum: 3_600_000 },
        max_ms: { type: "integer", title: "Longest pause (ms)", minimum: 0, maximum: 86_400_000 },
        jitter: { type: "boolean", title: "Spread the pauses" },
      },
    },
    dispatch: { type: "object", title: "Which worker may have it" },
    labels: {
      type: "object",
      title: "Labels",
      maxProperties: 20,
      additionalProperties: { type: "string", maxLength: 256 },
    },
    on_failure: { type: "string", title: "When it fails for good", enum: ["quarantine", "end"], default: "quarantine" },
  },
};
