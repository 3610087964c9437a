import type { AwaitHumanApprovalAction } from "@/lib/blueprint/action";
import type { ApprovalState } from "@/lib/blueprint/document";
import type { EnteredVia } from "@/lib/job-event";
import { MAX_BRANCHES, taskNumber } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import {
  type CompiledApprovalState,
  type CompiledParallelState,
  type CompiledTask,
  type CompiledTaskState,
  DEFAULT_APPROVERS,
} from "./blueprint/compile";
import type { JobChange } from "./change";
import { ExpressionError } from "./expression/expression-error";
import { type CompiledTemplate, evaluateTemplate } from "./expression/template";
import { scopeOf } from "./scope";

/** Asks one worker. */
export function dispatchTask(change: JobChange, state: CompiledTaskState): void {
  dispatch(change, state.task.spec.task_type, evaluateTemplate(state.task.params, scopeOf(change.job, change.around)));
}

/** Emits the dispatch; the params go to the task's row, not into the event. */
export function dispatch(change: JobChange, taskType: string, params: JsonValue): void {
  const n = taskNumber(change.nextSeq);
  change.emit("task_dispatched", { n, task_type: taskType });
  setParams(change, n, params);
}

/** Asks many workers at once; an empty list goes on at once. */
export function fanOut(change: JobChange, state: CompiledParallelState) {
  const branches = state.forEach ? itemBranches(change, state, state.forEach) : fixedBranches(change, state);
  const { aggregateInto, concurrency, tolerateFailures: tolerate } = state;
  return openBranches(change, branches, { aggregateInto, concurrency: concurrency ?? undefined, tolerate });
}

export interface Branch {
  type: string;
  params: JsonValue;
}

/** Opens the branches of a fan-out; returns where to go on when there are none. */
export function openBranches(
  change: JobChange,
  branches: Branch[],
  options: { aggregateInto: string; concurrency?: number; tolerate: number },
): { state: string; via: EnteredVia } | null {
  if (branches.length > MAX_BRANCHES) {
    throw new ExpressionError(`a fan-out has ${MAX_BRANCHES} branches at most; this one would have ${branches.length}`);
  }
  const types = branches.map((branch) => branch.type);
  const n0 = taskNumber(change.nextSeq);
  change.emit("tasks_fanned_out", {
    n0,
    count: branches.length,
    task_types: types.every((type) => type === types[0]) ? types.slice(0, 1) : types,
    aggregate_into: options.aggregateInto,
    tolerate: options.tolerate,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  });
  for (const [index, branch] of branches.entries()) setParams(change, n0 + index, branch.params);
  return branches.length === 0 ? aggregate(change) : null;
}

/** Closes the fan-out and says where its results go. */
export function aggregate(change: JobChange): { state: string; via: EnteredVia } {
  const group = change.job.fanOut;
  if (!group) throw new Error(`job ${change.job.id} has no fan-out to aggregate`);
  const from = change.job.state;
  const ok = group.expected - group.pending - group.failed;
  change.emit("tasks_aggregated", { n0: group.n0, ok, failed: group.failed });
  return { state: group.aggregateInto, via: { from, on: "aggregate" } };
}

function itemBranches(change: JobChange, state: CompiledParallelState, forEach: CompiledTemplate): Branch[] {
  const list = evaluateTemplate(forEach, scopeOf(change.job, change.around));
  if (!Array.isArray(list)) throw new ExpressionError(`for_each must give a list; it gave ${kindOf(list)}`);
  if (list.length > MAX_BRANCHES) {
    throw new ExpressionError(`for_each gave ${list.length} items; a fan-out has ${MAX_BRANCHES} branches at most`);
  }
  const { spec, params } = state.tasks[0] as CompiledTask;
  return list.map((item, index) => ({
    type: spec.task_type,
    params: evaluateTemplate(params, scopeOf(change.job, change.around, { item, index })),
  }));
}

function fixedBranches(change: JobChange, state: CompiledParallelState): Branch[] {
  const scope = scopeOf(change.job, change.around);
  return state.tasks.map(({ spec, params }) => ({ type: spec.task_type, params: evaluateTemplate(params, scope) }));
}

function setParams(change: JobChange, no: number, params: JsonValue): void {
  const task = change.job.tasks.get(no);
  // Made by the event just emitted, so nobody else holds it yet.
  if (task) task.params = params;
}

/** Asks people. */
export function askApproval(change: JobChange, state: CompiledApprovalState): void {
  const message = evaluateTemplate(state.message, scopeOf(change.job, change.around));
  openApproval(change, state.document, typeof message === "string" ? message : JSON.stringify(message));
}

/** Emits the question; words that people can answer are the transitions, except `expired`. */
export function openApproval(
  change: JobChange,
  asked: ApprovalState | AwaitHumanApprovalAction,
  message: string,
): void {
  change.emit("approval_asked", {
    n: taskNumber(change.nextSeq),
    message,
    ...(asked.form === undefined ? {} : { form: asked.form as JsonObject }),
    approvers: [...(asked.approvers ?? DEFAULT_APPROVERS)],
    quorum: asked.quorum ?? 1,
    ...(asked.deny_starter === undefined ? {} : { deny_starter: asked.deny_starter }),
    decisions: Object.keys(asked.transitions).filter((word) => word !== "expired"),
    ...(asked.deadline_seconds === undefined ? {} : { deadline_ms: Math.round(asked.deadline_seconds * 1000) }),
  });
}

function kindOf(value: JsonValue): string {
  return value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
