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
import type { CompiledExpression } from "../expression/compile-expression";
import type { CompiledTemplate } from "../expression/template";
import type { DataStores, HandlerTable } from "./handler";
import type { JsonSchemaValidator } from "./json-schema-validator";

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
