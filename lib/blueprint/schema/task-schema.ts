import { z } from "zod";
import { BLUEPRINT_LIMITS } from "../names";
import { jsonObject, jsonValue, name, retryPolicy, seconds, stateBase, target, transitions } from "./document-parts";

export const requirements = z.strictObject({
  resources: jsonObject.optional(),
  installed_software: z.record(z.string(), z.string()).optional(),
  installed_artifacts: z.array(jsonValue).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  skill: jsonObject.optional(),
  extra_requirements: jsonObject.optional(),
});

/** Members of a task, wherever it stands: state, branch, action. */
export const taskFields = {
  task_type: name,
  params: jsonObject.optional(),
  dispatch_timeout_seconds: seconds.optional(),
  result_timeout_seconds: seconds.optional(),
  timeout_seconds: seconds.optional(),
  retry: retryPolicy.optional(),
  priority: z.number().min(-1000).max(1000).optional(),
  requirements: requirements.optional(),
  max_cost: z.number().min(0).optional(),
  strategy: z.enum(["default", "round_robin", "least_connections", "cheapest", "best_value", "overflow"]).optional(),
  /** Of the worker's skill, when it must be a certain one. */
  skill_version: z.string().min(1).max(128).optional(),
  skill_type: z.string().min(1).max(128).optional(),
  output_schema: jsonObject.optional(),
};

export const taskSpec = z.strictObject(taskFields);

export const taskState = z.strictObject({
  type: z.literal("task"),
  ...stateBase,
  ...taskFields,
  transitions,
  on_event: transitions.optional(),
});

/** Members of a fan-out, in a state and in an action. */
export const fanOutFields = {
  aggregate_into: target,
  concurrency: z.int().min(1).max(BLUEPRINT_LIMITS.branches).optional(),
  tolerate_failures: z.int().min(0).max(BLUEPRINT_LIMITS.branches).optional(),
  transitions: z.strictObject({ failure: target.optional() }).optional(),
};

export const parallelState = z.strictObject({
  type: z.literal("parallel"),
  ...stateBase,
  tasks: z.array(taskSpec).min(1).max(BLUEPRINT_LIMITS.branches).optional(),
  for_each: z.string().min(1).max(2000).optional(),
  task: taskSpec.optional(),
  ...fanOutFields,
});
