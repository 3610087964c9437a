import type {
  ApprovalState,
  BlueprintDocument,
  BlueprintState,
  ChildState,
  ChoiceState,
  EndState,
  HandlerState,
  ParallelState,
  SetState,
  TaskSpec,
  TaskState,
  WaitState,
} from "@/lib/blueprint/document";
import type { JsonValue } from "@/lib/json";
import { type CompiledExpression, compileExpression } from "../expression/compile-expression";
import { type CompiledTemplate, compileTemplate } from "../expression/template";
import { contentHash } from "./content-hash";
import type { DataStores, HandlerTable } from "./handler";
import { compileJsonSchema, type JsonSchemaValidator } from "./json-schema-validator";

/** A document made ready to run: every condition and template parsed, every schema compiled, every default filled in. */
export interface CompiledBlueprint {
  document: BlueprintDocument;
  /** sha256 of the content, hex. */
  hash: string;
  start: string;
  states: Map<string, CompiledState>;
  labels: [name: string, template: CompiledTemplate][];
  maxTransitions: number;
  timeoutMs: number | null;
  inputValidator: JsonSchemaValidator | null;
  outputValidator: JsonSchemaValidator | null;
  handlers: HandlerTable;
  dataStores: DataStores;
}

export type CompiledState =
  | CompiledHandlerState
  | CompiledChoiceState
  | CompiledSetState
  | CompiledTaskState
  | CompiledParallelState
  | CompiledApprovalState
  | CompiledChildState
  | CompiledWaitState
  | CompiledEndState;

interface CompiledBase<D extends BlueprintState> {
  type: D["type"];
  name: string;
  document: D;
}

export interface CompiledHandlerState extends CompiledBase<HandlerState> {
  type: "handler";
  handler: string;
  to: ReadonlySet<string>;
  inline: boolean;
  /** In order; the first that is true names the handler, else `handler`. */
  cases: { when: CompiledExpression; handler: string }[];
}

export interface CompiledChoiceState extends CompiledBase<ChoiceState> {
  type: "choice";
  cases: { when: CompiledExpression; to: string }[];
  default: string | null;
}

export interface CompiledSetState extends CompiledBase<SetState> {
  type: "set";
  values: CompiledTemplate;
  to: string;
}

/** A task to be made: `spec` is the document's, `params` its template. */
export interface CompiledTask {
  spec: TaskSpec;
  params: CompiledTemplate;
  outputValidator: JsonSchemaValidator | null;
}

export interface CompiledTaskState extends CompiledBase<TaskState> {
  type: "task";
  task: CompiledTask;
  transitions: Readonly<Record<string, string>>;
  onEvent: Readonly<Record<string, string>>;
}

/** `forEach` is null when `tasks` holds the branches; else `tasks` holds one, made for each item. */
export interface CompiledParallelState extends CompiledBase<ParallelState> {
  type: "parallel";
  forEach: CompiledTemplate | null;
  tasks: CompiledTask[];
  /** Null: all at once. */
  concurrency: number | null;
  tolerateFailures: number;
  aggregateInto: string;
  failureTo: string | null;
}

export interface CompiledApprovalState extends CompiledBase<ApprovalState> {
  type: "approval";
  message: CompiledTemplate;
  approvers: readonly string[];
  quorum: number;
  quorumRejected: number;
  denyStarter: boolean;
  deadlineMs: number | null;
  /** Words that people may answer: the transitions without `expired`. */
  decisions: readonly string[];
  transitions: Readonly<Record<string, string>>;
  formValidator: JsonSchemaValidator | null;
}

export interface CompiledChildState extends CompiledBase<ChildState> {
  type: "child";
  blueprint: string;
  input: CompiledTemplate;
  transitions: Readonly<Record<string, string>>;
}

export interface CompiledWaitState extends CompiledBase<WaitState> {
  type: "wait";
  seconds: CompiledTemplate | null;
  until: CompiledTemplate | null;
  signal: string | null;
  timeoutMs: number | null;
  /** Where it goes when the time has come or the signal is there; `timeoutTo` when a signal does not come. */
  to: string | null;
  timeoutTo: string | null;
}

export interface CompiledEndState extends CompiledBase<EndState> {
  type: "end";
  outcome: "success" | "failure";
  /** Null: the whole `state_history`. */
  result: CompiledTemplate | null;
  handler: string | null;
}

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
  const states = Object.entries(document.states).map(([name, state]): [string, CompiledState] => [name, compileState(name, state)]);
  return {
    document,
    hash: contentHash(document as unknown as JsonValue),
    start,
    states: new Map(states),
    labels: Object.entries(document.labels ?? {}).map(([name, text]) => [name, compileTemplate(text, { path: `labels.${name}` })]),
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
      return { type: "set", name, document: state, values: compileTemplate(state.values, { path: "values" }), to: state.to };
    case "task":
      return { type: "task", name, document: state, task: compileTask(state), transitions: state.transitions, onEvent: state.on_event ?? {} };
    case "parallel":
      return compileParallel(name, state);
    case "approval":
      return compileApproval(name, state);
    case "child": {
      const input = compileTemplate(state.input ?? {}, { path: "input" });
      return { type: "child", name, document: state, blueprint: state.blueprint, input, transitions: state.transitions };
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
  return { spec, params: compileTemplate(spec.params ?? {}, { path }), outputValidator: schemaOrNull(spec.output_schema) };
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
