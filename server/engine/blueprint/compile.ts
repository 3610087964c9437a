import type {
  ApprovalState,
  BlueprintDocument,
  BlueprintState,
  ParallelState,
  TaskSpec,
  WaitState,
} from "@/lib/blueprint/document";
import type { JsonValue } from "@/lib/json";
import { type CompiledExpression, compileExpression } from "../expression/compile-expression";
import { compileTemplate } from "../expression/template";
import type {
  CompiledApprovalState,
  CompiledBlueprint,
  CompiledParallelState,
  CompiledState,
  CompiledTask,
  CompiledWaitState,
} from "./compiled-blueprint";
import { contentHash } from "./content-hash";
import type { DataStores, HandlerTable } from "./handler";
import { compileJsonSchema, type JsonSchemaValidator } from "./json-schema-validator";

export type {
  CompiledApprovalState,
  CompiledBlueprint,
  CompiledChildState,
  CompiledChoiceState,
  CompiledEndState,
  CompiledHandlerState,
  CompiledParallelState,
  CompiledSetState,
  CompiledState,
  CompiledTask,
  CompiledTaskState,
  CompiledWaitState,
} from "./compiled-blueprint";

export const DEFAULT_APPROVERS: readonly string[] = ["role:approver", "client:owner"];
export const DEFAULT_MAX_TRANSITIONS = 1000;

/**
 * Compiles a document that `parseBlueprint` accepted. Throws an ExpressionError or SchemaError for one that it would
 * have refused, a RangeError when no state starts. `code` belongs to blueprints written in TypeScript.
 */
export function compileBlueprint(
  document: BlueprintDocument,
  code: { handlers?: HandlerTable; dataStores?: DataStores } = {},
): CompiledBlueprint {
  const start = Object.keys(document.states).find((name) => document.states[name]?.start);
  if (start === undefined) throw new RangeError(`blueprint ${document.name} has no start state`);
  const states = Object.entries(document.states).map(([name, state]): [string, CompiledState] => [
    name,
    compileState(name, state),
  ]);
  return {
    document,
    hash: contentHash(document as unknown as JsonValue),
    start,
    states: new Map(states),
    labels: Object.entries(document.labels ?? {}).map(([name, text]) => [
      name,
      compileTemplate(text, { path: `labels.${name}` }),
    ]),
    maxTransitions: document.max_transitions ?? DEFAULT_MAX_TRANSITIONS,
    timeoutMs: toMs(document.timeout_seconds),
    inputValidator: schemaOrNull(document.input_schema),
    outputValidator: schemaOrNull(document.output_schema),
    handlers: code.handlers ?? {},
    dataStores: code.dataStores ?? {},
  };
}

function compileState(name: string, state: BlueprintState): CompiledState {
  switch (state.type) {
    case "handler":
      return {
        type: "handler",
        name,
        document: state,
        handler: state.handler,
        to: new Set(state.to),
        inline: state.inline ?? false,
        cases: (state.cases ?? []).map(({ when, handler }) => ({ when: condition(when), handler })),
      };
    case "choice":
      return {
        type: "choice",
        name,
        document: state,
        cases: state.cases.map(({ when, to }) => ({ when: condition(when), to })),
        default: state.default ?? null,
      };
    case "set":
      return {
        type: "set",
        name,
        document: state,
        values: compileTemplate(state.values, { path: "values" }),
        to: state.to,
      };
    case "task":
      return {
        type: "task",
        name,
        document: state,
        task: compileTask(state),
        transitions: state.transitions,
        onEvent: state.on_event ?? {},
      };
    case "parallel":
      return compileParallel(name, state);
    case "approval":
      return compileApproval(name, state);
    case "child": {
      const input = compileTemplate(state.input ?? {}, { path: "input" });
      return {
        type: "child",
        name,
        document: state,
        blueprint: state.blueprint,
        input,
        transitions: state.transitions,
      };
    }
    case "wait":
      return compileWait(name, state);
    case "end": {
      const result = state.result === undefined ? null : compileTemplate(state.result, { path: "result" });
      return { type: "end", name, document: state, outcome: state.outcome, result, handler: state.handler ?? null };
    }
  }
}

function compileParallel(name: string, state: ParallelState): CompiledParallelState {
  const specs = state.task ? [state.task] : (state.tasks ?? []);
  return {
    type: "parallel",
    name,
    document: state,
    forEach: state.for_each === undefined ? null : compileTemplate(state.for_each, { path: "for_each" }),
    tasks: specs.map((spec, index) => compileTask(spec, state.task ? "task.params" : `tasks[${index}].params`)),
    concurrency: state.concurrency ?? null,
    tolerateFailures: state.tolerate_failures ?? 0,
    aggregateInto: state.aggregate_into,
    failureTo: state.transitions?.failure ?? null,
  };
}

function compileApproval(name: string, state: ApprovalState): CompiledApprovalState {
  return {
    type: "approval",
    name,
    document: state,
    message: compileTemplate(state.message, { path: "message" }),
    approvers: state.approvers ?? DEFAULT_APPROVERS,
    quorum: state.quorum ?? 1,
    quorumRejected: state.quorum_rejected ?? 1,
    denyStarter: state.deny_starter ?? false,
    deadlineMs: toMs(state.deadline_seconds),
    decisions: Object.keys(state.transitions).filter((word) => word !== "expired"),
    transitions: state.transitions,
    formValidator: schemaOrNull(state.form),
  };
}

function compileWait(name: string, state: WaitState): CompiledWaitState {
  return {
    type: "wait",
    name,
    document: state,
    seconds: state.seconds === undefined ? null : compileTemplate(state.seconds, { path: "seconds" }),
    until: state.until === undefined ? null : compileTemplate(state.until, { path: "until" }),
    signal: state.signal ?? null,
    timeoutMs: toMs(state.timeout_seconds),
    to: state.to ?? state.transitions?.received ?? null,
    timeoutTo: state.transitions?.timeout ?? null,
  };
}

function compileTask(spec: TaskSpec, path = "params"): CompiledTask {
  return {
    spec,
    params: compileTemplate(spec.params ?? {}, { path }),
    outputValidator: schemaOrNull(spec.output_schema),
  };
}

function condition(when: string): CompiledExpression {
  return compileExpression(when, { mode: "condition" });
}

function schemaOrNull(schema: BlueprintDocument["input_schema"]): JsonSchemaValidator | null {
  return schema === undefined ? null : compileJsonSchema(schema);
}

function toMs(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 1000);
}
