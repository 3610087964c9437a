import { attemptStatus, taskError, taskSpan } from "@/components/job/step-facts";
import type { Stretch } from "@/components/job/timeline/time-scale";
import type { Actor } from "@/lib/job-event";
import type { DisplayStatus } from "@/lib/job-status";
import { branchCounts, type JobView, type StepView, stepIdOf, type TaskView } from "@/lib/job-view";

/** A piece of a bar. Instants in ms; `to` null: it goes on. */
export interface Segment {
  kind: "queued" | "attempt" | "approval" | "wait" | "child" | "state" | "group";
  status: DisplayStatus;
  from: number;
  to: number | null;
  /** An attempt that failed and was tried again: outlined. */
  retried: boolean;
  attempt: number | null;
  worker: string | null;
}

/** Something that happened at an instant within a row. */
export type Mark =
  | { kind: "vote"; at: number; decision: string; by: Actor }
  | { kind: "asked"; at: number; to: string[] }
  | { kind: "signal"; at: number; name: string; by: Actor }
  | { kind: "event"; at: number; type: string; worker: string | null }
  | { kind: "by_hand"; at: number; by: Actor };

/** Events of workers drawn in one row; more would only be a smear. */
const MOST_EVENT_MARKS = 40;

/** One row of the timeline: a step, or a branch of it. */
export interface TimelineRow {
  id: string;
  step: string;
  branch: number | null;
  label: string;
  status: DisplayStatus;
  from: number;
  to: number | null;
  segments: Segment[];
  marks: Mark[];
  /** Of a fan-out: how many branches, how many failed. */
  branches: number;
  failed: number;
  note: string | null;
}

/** The row of one step; its branches are rows of their own, made when they are asked for. */
export function stepRow(step: StepView): TimelineRow {
  const id = stepIdOf(step);
  const from = Date.parse(step.enteredAt);
  const to = step.endedAt === null ? null : Date.parse(step.endedAt);
  return {
    id,
    step: id,
    branch: null,
    label: step.visit > 1 ? `${step.state} (${step.visit})` : step.state,
    status: step.status,
    from,
    to,
    segments: segmentsOf(step, from, to),
    marks: marksOf(step),
    branches: step.fanOut ? step.tasks.length : 0,
    failed: step.fanOut ? (branchCounts(step).failed ?? 0) : 0,
    note: step.error?.message ?? null,
  };
}

function marksOf(step: StepView): Mark[] {
  const { approval, signal, events, completedBy, endedAt } = step;
  const marks: Mark[] = [];
  for (const { at, decision, by } of approval?.votes ?? [])
    marks.push({ kind: "vote", at: Date.parse(at), decision, by });
  for (const { at, to } of approval?.asked ?? []) marks.push({ kind: "asked", at: Date.parse(at), to });
  if (signal) marks.push({ kind: "signal", at: Date.parse(signal.at), name: signal.name, by: signal.by });
  for (const { at, type, worker } of events.slice(-MOST_EVENT_MARKS))
    marks.push({ kind: "event", at: Date.parse(at), type, worker });
  if (completedBy && endedAt) marks.push({ kind: "by_hand", at: Date.parse(endedAt), by: completedBy });
  return marks;
}

function segmentsOf(step: StepView, from: number, to: number | null): Segment[] {
  const { status } = step;
  const whole = { status, from, to, retried: false, attempt: null, worker: null };
  if (step.fanOut) return [{ ...whole, kind: "group" }];
  if (step.approval) return [{ ...whole, kind: "approval", status: to === null ? "needs_approval" : status }];
  if (step.wait) return [{ ...whole, kind: "wait", status: to === null ? "waiting" : status }];
  if (step.child) return [{ ...whole, kind: "child", status: to === null ? "waiting" : status }];
  const [task] = step.tasks;
  return task ? taskSegments(task) : [{ ...whole, kind: "state" }];
}

/** Queue time as a lead-in, then the attempt, for each attempt. */
function taskSegments(task: TaskView): Segment[] {
  return task.attempts.flatMap((attempt, index): Segment[] => {
    const queuedAt = Date.parse(attempt.queuedAt);
    const startedAt = attempt.startedAt === null ? null : Date.parse(attempt.startedAt);
    const endedAt = attempt.endedAt === null ? null : Date.parse(attempt.endedAt);
    const common = { attempt: attempt.attempt, worker: attempt.worker, retried: false };
    const queued: Segment = { ...common, kind: "queued", status: "queued", from: queuedAt, to: startedAt ?? endedAt };
    if (startedAt === null) return [queued];
    const status = attemptStatus(attempt, task);
    const retried = status === "failed" && (index < task.attempts.length - 1 || task.status === "retrying");
    return [queued, { ...common, kind: "attempt", status, from: startedAt, to: endedAt, retried }];
  });
}

/** Rows of a fan-out's branches: those that failed first, then the slowest. */
export function branchRows(step: StepView, nowMs: number): TimelineRow[] {
  const id = stepIdOf(step);
  const rows = step.tasks.map((task): TimelineRow => {
    const span = taskSpan(task);
    return {
      id: `${id}#${task.branch ?? 0}`,
      step: id,
      branch: task.branch ?? 0,
      label: `#${task.branch ?? 0}`,
      status: task.status,
      from: span.from === null ? Date.parse(step.enteredAt) : Date.parse(span.from),
      to: span.to === null ? null : Date.parse(span.to),
      segments: taskSegments(task),
      marks: [],
      branches: 0,
      failed: 0,
      note: taskError(task)?.message ?? null,
    };
  });
  const length = (row: TimelineRow) => (row.to ?? nowMs) - row.from;
  const failed = (row: TimelineRow) => (row.status === "failed" ? 1 : 0);
  return rows.sort((a, b) => failed(b) - failed(a) || length(b) - length(a) || (a.branch ?? 0) - (b.branch ?? 0));
}

/** When the job was at work: tasks from their dispatch to their end, and the instants at which people or timers acted. */
export function busyStretches(view: JobView, nowMs: number): Stretch[] {
  const instants = (at: number): Stretch => ({ from: at, to: at });
  return view.steps.flatMap((step): Stretch[] => {
    const from = Date.parse(step.enteredAt);
    const to = step.endedAt === null ? nowMs : Date.parse(step.endedAt);
    const edges = [instants(from), ...(step.endedAt === null ? [] : [instants(to)])];
    if (step.approval) return [...edges, ...step.approval.votes.map(({ at }) => instants(Date.parse(at)))];
    if (step.wait) return edges;
    if (step.tasks.length === 0) return step.endedAt === null ? edges : [{ from, to }];
    return [...edges, ...step.tasks.flatMap((task) => taskStretches(task, nowMs))];
  });
}

/** A task that nobody works on (queued, between attempts) is quiet, so that a long queue does not hide the rest. */
function taskStretches(task: TaskView, nowMs: number): Stretch[] {
  return task.attempts.map(({ queuedAt, startedAt, endedAt }) => {
    const from = Date.parse(startedAt ?? queuedAt);
    const open = startedAt === null ? from : nowMs;
    return { from, to: endedAt === null ? open : Date.parse(endedAt) };
  });
}
