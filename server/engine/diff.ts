import type { RetryPolicy, TaskSpec } from "@/lib/blueprint/document";
import type { JobEvent } from "@/lib/job-event";
import { isTerminal, JOB_STATUS } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";
import type { CompiledBlueprint } from "./blueprint/compile";
import { closedApproval } from "./closed-approval";
import { type FanOut, type Job, type OpenTask, shownStatus } from "./job";
import { childReport } from "./report-to-parent";
import type { Signal } from "./signal";
import { taskPolicy } from "./task-policy";
import { asksForMore, wishOf } from "./wish";
import {
  APPROVAL_STATUS,
  type ApprovalWrite,
  type GroupWrite,
  type JobWrites,
  type NewTask,
  type TaskChange,
} from "./writes";

/** Between the time limit of an attempt and the report of its worker: to tell it, to end it, and to say so. */
const REPORT_MARGIN_MS = 5_000;

/**
 * What a change writes: the difference between the job before it and after it. Since both are folds of events, each row
 * of tasks, groups, timers and approvals comes out once, however many signals were folded into the change.
 */
export function writesOf(before: Job, after: Job, events: JobEvent[], blueprint: CompiledBlueprint): JobWrites {
  const reopened = isTerminal(before.status) && events.length > 0;
  return {
    jobId: after.id,
    expectedVersion: before.version,
    version: after.version,
    status: JOB_STATUS[shownStatus(after)].code,
    state: after.state,
    transitions: after.transitions,
    reopen: reopened,
    result: after.result === before.result ? undefined : after.result,
    error: errorWrite(before, after),
    events,
    ...taskWrites(before, after, blueprint),
    ...groupWrites(before.fanOut, after.fanOut),
    ...timerWrites(before, after),
    ...approvalWrites(before, after, events),
    signals: signalsOf(before, after, events),
  };
}

/** What other jobs must hear of this change: the parent of an end, and a child that nobody waits for any more of a cancel. */
function signalsOf(before: Job, after: Job, events: JobEvent[]): Signal[] {
  const report = childReport(before, after);
  const signals: Signal[] = report ? [report] : [];
  if (!before.child && !after.child) return signals;
  const left = new Set(before.child ? [before.child.id] : []);
  for (const event of events) {
    if (event.kind === "child_started") left.add(event.data.child);
    if (event.kind === "child_ended" && event.data.child) left.delete(event.data.child);
  }
  if (after.child) left.delete(after.child.id);
  const by = { kind: "engine", id: after.id, name: "parent job" } as const;
  for (const jobId of left) signals.push({ kind: "cancel", jobId, by, reason: `its parent job ${after.id} went on` });
  return signals;
}

/** The row shows the error of a job that stands still; one on its way to a retry or a failure path keeps it in its events. */
function errorWrite(before: Job, after: Job): JsonObject | null | undefined {
  const shown = (job: Job) => (job.status === "quarantined" || JOB_STATUS[job.status].code >= 20 ? job.error : null);
  const [old, now] = [shown(before), shown(after)];
  return old === now ? undefined : now && { ...now };
}

function taskWrites(before: Job, after: Job, blueprint: CompiledBlueprint) {
  const newTasks: NewTask[] = [];
  const changedTasks: TaskChange[] = [];
  const goneTasks: JobWrites["goneTasks"] = [];
  const reprioritised: JobWrites["reprioritised"] = [];
  for (const task of after.tasks.values()) {
    const old = before.tasks.get(task.no);
    if (!old) newTasks.push(newTaskWrite(after, task, blueprint));
    else if (old !== task && rowDiffers(old, task)) changedTasks.push(taskChange(after, old, task, blueprint));
    else if (before.priority !== after.priority) reprioritised.push({ no: task.no, priority: after.priority ?? 0 });
  }
  for (const { no, type } of before.tasks.values()) if (!after.tasks.has(no)) goneTasks.push({ no, type });
  return { newTasks, changedTasks, goneTasks, reprioritised };
}

function rowDiffers(old: OpenTask, task: OpenTask): boolean {
  return (
    old.phase !== task.phase || old.fence !== task.fence || old.attempt !== task.attempt || old.losses !== task.losses
  );
}

/** A job's own priority counts for all its tasks. */
function priorityOf(job: Job, spec: TaskSpec): number {
  return job.priority ?? spec.priority ?? 0;
}

function newTaskWrite(job: Job, task: OpenTask, blueprint: CompiledBlueprint): NewTask {
  const { spec, transitions, fromAction } = taskPolicy(job, blueprint, task);
  return {
    no: task.no,
    type: task.type,
    held: task.phase === "held",
    groupNo: task.branch === null ? null : (job.fanOut?.n0 ?? null),
    branch: task.branch,
    priority: priorityOf(job, spec),
    params: task.params ?? {},
    timeoutMs: milliseconds(spec.timeout_seconds),
    dispatchDeadlineMs: task.phase === "held" ? null : dispatchLimitMs(spec, job),
    resultDeadlineMs: milliseconds(spec.result_timeout_seconds) ?? job.resultTimeoutMs,
    requirements: wishOf(spec, transitions),
    spec: fromAction ? actionSpec(spec.retry, transitions) : null,
  };
}

/** What a reader of the row may want of a handler's task; the engine itself reads the event `handler_returned`. */
function actionSpec(retry: RetryPolicy | undefined, transitions: Record<string, string>): JsonObject {
  return { transitions, ...(retry ? { retry: { ...retry } as JsonObject } : {}) };
}

/** How long a task may wait for a worker. */
function dispatchLimitMs(spec: TaskSpec, job: Job): number | null {
  return milliseconds(spec.dispatch_timeout_seconds) ?? job.dispatchTimeoutMs;
}

/** A worker ends what is over its limit itself, and says how; here the attempt ends when nothing is heard of that. */
function attemptLimitMs(timeoutMs: number | null): number | null {
  return timeoutMs === null ? null : timeoutMs + REPORT_MARGIN_MS;
}

function taskChange(job: Job, old: OpenTask, task: OpenTask, blueprint: CompiledBlueprint): TaskChange {
  const { no, type, phase, attempt, fence, losses, params } = task;
  const { spec } = taskPolicy(job, blueprint, task);
  const timeoutMs = milliseconds(spec.timeout_seconds);
  const dueMs = phase === "retry" ? (task.dueMs ?? 0) : phase === "started" ? attemptLimitMs(timeoutMs) : null;
  const freedLimitMs = old.phase === "held" && phase === "ready" ? dispatchLimitMs(spec, job) : null;
  const dispatchDeadlineMs = task.parked ? -1 : freedLimitMs;
  const worker = phase === "started" ? (task.session ?? task.worker) : null;
  const priority = priorityOf(job, spec);
  const isPlaced = asksForMore(spec);
  return {
    no,
    type,
    phase,
    attempt,
    fence,
    losses,
    worker,
    dispatchDeadlineMs,
    dueMs,
    priority,
    timeoutMs,
    isPlaced,
    params,
  };
}

function groupWrites(before: FanOut | null, after: FanOut | null) {
  const row = (group: FanOut): GroupWrite => {
    const { n0: no, expected, pending, failed, tolerate } = group;
    return { no, expected, pending, failed, tolerate };
  };
  const same = before?.n0 === after?.n0;
  const moved = before && after && same && (before.pending !== after.pending || before.failed !== after.failed);
  return {
    newGroup: after && !same ? row(after) : null,
    changedGroup: moved ? row(after) : null,
    goneGroup: before && !same ? before.n0 : null,
  };
}

function timerWrites(before: Job, after: Job) {
  const timersSet: JobWrites["timersSet"] = [];
  for (const [key, timer] of after.timers) {
    if (before.timers.get(key) === timer) continue;
    const setBy = timer.setBy ?? after.version;
    const data: JsonObject = key === "handler" ? { set_by: setBy, entry: after.entry } : { set_by: setBy };
    timersSet.push({ key, kind: timer.kind, dueMs: timer.dueMs, data });
  }
  const timersCleared = [...before.timers.keys()].filter((key) => !after.timers.has(key));
  return { timersSet, timersCleared };
}

function approvalWrites(before: Job, after: Job, events: JobEvent[]) {
  const [old, now] = [before.approval, after.approval];
  const isNew = now !== null && old?.no !== now.no;
  const open = (job: Job): ApprovalWrite | null => job.approval && openWrite(job, job.approval);
  if (old === null) return { newApproval: open(after), changedApproval: null };
  if (now && !isNew) {
    return { newApproval: null, changedApproval: now.version === old.version ? null : open(after) };
  }
  return { newApproval: open(after), changedApproval: closedApproval(before, old, events) };
}

function openWrite(job: Job, approval: NonNullable<Job["approval"]>): ApprovalWrite {
  const deadlineMs = job.timers.get("approval")?.dueMs ?? null;
  return { no: approval.no, status: APPROVAL_STATUS.open, state: job.state, approval, deadlineMs, outcome: null };
}

function milliseconds(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 1000);
}
