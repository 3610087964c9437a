import type { Actor, EnteredVia } from "@/lib/job-event";
import type { DisplayStatus, JobStatus } from "@/lib/job-status";
import type { JsonObject, JsonValue } from "@/lib/json";

/** What went wrong; `log`: the last lines of a task that had to be ended. */
export interface ErrorView {
  code: string;
  message: string;
  log?: readonly string[];
}

/** One try at a task, as its events tell it. Instants are ISO 8601. */
export interface AttemptView {
  attempt: number;
  fence: number;
  queuedAt: string;
  startedAt: string | null;
  endedAt: string | null;
  outcome: "success" | "failure" | "lost" | null;
  /** The word the worker answered with. */
  word: string | null;
  worker: string | null;
  error: ErrorView | null;
  /** When the next attempt is due, after a failure that is retried. */
  retryAt: string | null;
}

/** A task, alone or as a branch of a fan-out. */
export interface TaskView {
  no: number;
  type: string;
  branch: number | null;
  status: DisplayStatus;
  attempts: AttemptView[];
  output: JsonValue | undefined;
}

export interface ApprovalView {
  no: number;
  message: string;
  approvers: string[];
  quorum: number;
  decisions: string[];
  deadlineAt: string | null;
  votes: { decision: string; by: Actor; comment: string | null; at: string }[];
  /** Who was asked later, and by whom: null when nobody decided in time. */
  asked: { by: Actor | null; to: string[]; at: string }[];
  ended: string | null;
}

/** One visit of a state. */
export interface StepView {
  /** Number of the event that entered it; the step's id in URLs is `<state>~<visit>`. */
  entry: number;
  state: string;
  /** 1 for the first visit of the state. */
  visit: number;
  status: DisplayStatus;
  enteredAt: string;
  endedAt: string | null;
  via: EnteredVia | null;
  tasks: TaskView[];
  /** For a fan-out. */
  fanOut: { expected: number; tolerate: number; aggregateInto: string } | null;
  approval: ApprovalView | null;
  /** What a wait state waits for: a signal, a time (ISO 8601), or whichever comes first. */
  wait: { signal: string | null; dueAt: string | null } | null;
  /** The signal that came. */
  signal: { name: string; by: Actor; at: string } | null;
  child: { jobId: string; blueprint: string; status: JobStatus | null } | null;
  /** What its worker or its handler said on the way. */
  events: { type: string; worker: string | null; at: string }[];
  /** The person who ended it by hand. */
  completedBy: Actor | null;
  handlerFailures: { attempt: number; message: string; at: string }[];
  /** What the step put into the state history. */
  patch: JsonObject;
  error: ErrorView | null;
}

/** An edge that the job went along, and the conditions that were read on the way. */
export interface EdgeTaken {
  from: string;
  to: string;
  on: string;
  entry: number;
}

/** A job as its events tell it: what graph, timeline, steps and events draw. */
export interface JobView {
  version: number;
  steps: StepView[];
  edges: EdgeTaken[];
  /** Evaluated cases by state, of its last visit. */
  cases: Record<string, NonNullable<EnteredVia["cases"]>>;
  startedAt: string | null;
  endedAt: string | null;
  /** Set when the job stands still. */
  ended: DisplayStatus | null;
  starter: Actor | null;
  cancelled: { by: Actor; reason: string | null } | null;
  /** Set while it is paused. */
  paused: { by: Actor; reason: string | null; at: string } | null;
  priority: number | null;
  parent: { jobId: string } | null;
  forkedFrom: { jobId: string; state: string } | null;
  forks: { jobId: string; state: string; by: Actor; at: string }[];
}

export function emptyJobView(): JobView {
  return {
    version: 0,
    steps: [],
    edges: [],
    cases: {},
    startedAt: null,
    endedAt: null,
    ended: null,
    starter: null,
    cancelled: null,
    paused: null,
    priority: null,
    parent: null,
    forkedFrom: null,
    forks: [],
  };
}

/** Counts of a fan-out's branches by status, for its node and its row. */
export function branchCounts(step: StepView): Partial<Record<DisplayStatus, number>> {
  const counts: Partial<Record<DisplayStatus, number>> = {};
  for (const task of step.tasks) counts[task.status] = (counts[task.status] ?? 0) + 1;
  return counts;
}

/** `<state>~<visit>`: names a step in URLs. */
export function stepIdOf(step: Pick<StepView, "state" | "visit">): string {
  return `${step.state}~${step.visit}`;
}
