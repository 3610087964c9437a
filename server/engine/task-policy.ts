import type { TaskSpec } from "@/lib/blueprint/document";
import type { CompiledBlueprint, CompiledTask } from "./blueprint/compile";
import { compileJsonSchema, type JsonSchemaValidator } from "./blueprint/json-schema-validator";
import type { Job, OpenTask } from "./job";

/** What the document, or the handler's action, says about a task: its options, and where its outcomes lead. */
export interface TaskPolicy {
  spec: TaskSpec;
  transitions: Readonly<Record<string, string>>;
  /** A worker's event → the state that follows at once. */
  onEvent: Readonly<Record<string, string>>;
  outputValidator: JsonSchemaValidator | null;
  /** True when the policy stands in an action, not in the document. */
  fromAction: boolean;
}

/** The policy of an open task of the current entry. */
export function taskPolicy(
  job: Job,
  blueprint: CompiledBlueprint,
  task: Pick<OpenTask, "branch" | "type">,
): TaskPolicy {
  const { action } = job;
  if (action?.type === "dispatch_task") return ofAction(action, action.transitions, action.on_event);
  if (action?.type === "dispatch_parallel") {
    return ofAction(
      action.tasks[task.branch ?? 0] ?? { task_type: task.type },
      failureOnly(action.transitions?.failure),
    );
  }
  const state = blueprint.states.get(job.state);
  if (state?.type === "task") return ofDocument(state.task, state.transitions, state.onEvent);
  if (state?.type === "parallel") {
    const compiled = state.forEach ? state.tasks[0] : state.tasks[task.branch ?? 0];
    if (compiled) return ofDocument(compiled, failureOnly(state.failureTo ?? undefined));
  }
  return { spec: { task_type: task.type }, transitions: {}, onEvent: {}, outputValidator: null, fromAction: false };
}

function ofDocument(
  { spec, outputValidator }: CompiledTask,
  transitions: TaskPolicy["transitions"],
  onEvent: TaskPolicy["onEvent"] = {},
): TaskPolicy {
  return { spec, transitions, onEvent, outputValidator, fromAction: false };
}

function ofAction(
  spec: TaskSpec,
  transitions: TaskPolicy["transitions"],
  onEvent: TaskPolicy["onEvent"] = {},
): TaskPolicy {
  const outputValidator = spec.output_schema ? compileJsonSchema(spec.output_schema) : null;
  return { spec, transitions, onEvent, outputValidator, fromAction: true };
}

function failureOnly(failure: string | undefined): TaskPolicy["transitions"] {
  return failure === undefined ? {} : { failure };
}
