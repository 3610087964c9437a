import { changeLast, ending, firstError, newAttempt, newTask } from "@/lib/attempt-view";
import type { EventData, EventKind, HistoryEvent } from "@/lib/job-event";
import type { DisplayStatus } from "@/lib/job-status";
import { emptyJobView, type JobView, type StepView, type TaskView } from "@/lib/job-view";
import { isJsonObject } from "@/lib/json";

/**
 * Brings a view up to date with events of its job, in order. Events that the view has are ignored; a gap stops it: the
 * view then keeps its version and the caller fetches what is missing. Returns a new view when anything changed; parts
 * that did not change are shared, so components may compare by identity.
 */
export function applyEvents(view: JobView, events: HistoryEvent[]): JobView {
  const fresh = events.filter((event) => event.seq > view.version);
  if (fresh.length === 0 || fresh[0]?.seq !== view.version + 1) return view;
  const draft = new ViewDraft(view);
  for (const event of fresh) {
    if (event.seq !== draft.view.version + 1) break;
    draft.apply(event);
  }
  return draft.view;
}

/** The view of a whole history. */
export function viewOf(events: HistoryEvent[]): JobView {
  return applyEvents(emptyJobView(), events);
}

/** True when the first unknown event is not the next one. */
export function hasGap(view: JobView, events: HistoryEvent[]): boolean {
  const next = events.find((event) => event.seq > view.version);
  return next !== undefined && next.seq !== view.version + 1;
}

type Apply = { [K in EventKind]: (draft: ViewDraft, data: EventData[K], at: string, seq: number) => void };

/** Copies what it changes, once per batch. */
class ViewDraft {
  readonly view: JobView;
  private readonly copied = new Set<StepView>();
  private visits: Map<string, number> | null = null;

  constructor(view: JobView) {
    this.view = { ...view, steps: view.steps.slice(), edges: view.edges.slice() };
  }

  apply(event: HistoryEvent): void {
    const apply = APPLY[event.event_type] as
      | ((draft: ViewDraft, data: unknown, at: string, seq: number) => void)
      | undefined;
    apply?.(this, event.data, event.timestamp, event.seq);
    this.view.version = event.seq;
  }

  /** The current step, safe to change. */
  step(): StepView | null {
    return this.own(this.view.steps.length - 1);
  }

  private own(index: number): StepView | null {
    const step = this.view.steps[index];
    if (!step) return null;
    if (this.copied.has(step)) return step;
    const copy = {
      ...step,
      tasks: step.tasks.slice(),
      patch: { ...step.patch },
      handlerFailures: step.handlerFailures.slice(),
    };
    if (copy.approval) copy.approval = { ...copy.approval, votes: copy.approval.votes.slice() };
    this.view.steps[index] = copy;
    this.copied.add(copy);
    return copy;
  }

  push(step: StepView): void {
    this.view.steps.push(step);
    this.copied.add(step);
  }

  /** 1 for the first visit of a state; counted once per batch, so that a job of many steps stays linear. */
  nextVisit(state: string): number {
    if (!this.visits) {
      this.visits = new Map();
      for (const step of this.view.steps) this.visits.set(step.state, step.visit);
    }
    const visit = (this.visits.get(state) ?? 0) + 1;
    this.visits.set(state, visit);
    return visit;
  }

  /** Replaces the task numbered `no` in the current step. */
  task(no: number, change: (task: TaskView) => TaskView): TaskView | null {
    const step = this.step();
    const first = step?.tasks[0];
    if (!step || !first) return null;
    const index = no - first.no;
    const task = step.tasks[index];
    if (!task) return null;
    const changed = change(task);
    step.tasks[index] = changed;
    if (task.branch === null) step.status = changed.status;
    return changed;
  }
}

const APPLY: Apply = {
  job_created(draft, data, at) {
    draft.view.startedAt = at;
    draft.view.starter = data.starter;
  },

  state_entered(draft, data, at, seq) {
    const { view } = draft;
    closeStep(draft, at, data.via?.on === "failure" ? "failed" : "succeeded");
    if (data.via) view.edges.push({ from: data.via.from, to: data.state, on: data.via.on, entry: seq });
    if (data.via?.cases) view.cases = { ...view.cases, [data.via.from]: data.via.cases };
    draft.push({
      entry: seq,
      state: data.state,
      visit: draft.nextVisit(data.state),
      status: "running",
      enteredAt: at,
      endedAt: null,
      via: data.via ?? null,
      tasks: [],
      fanOut: null,
      approval: null,
      handlerFailures: [],
      patch: {},
      error: null,
    });
  },

  context_set(draft, data) {
    const step = draft.step();
    if (step) step.patch = { ...step.patch, ...data.set };
  },

  handler_returned(draft, data) {
    const step = draft.step();
    if (step && data.cases) draft.view.cases = { ...draft.view.cases, [step.state]: data.cases };
  },

  handler_failed(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    step.handlerFailures.push({ attempt: data.attempt, message: data.message, at });
    step.error = { code: "HANDLER_ERROR", message: data.message };
    if (data.retry_in_ms !== undefined) step.status = "retrying";
  },

  task_dispatched(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    step.tasks = [newTask(data.n, data.task_type, null, at)];
    step.status = "queued";
  },

  tasks_fanned_out(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    const type = (branch: number) => data.task_types[branch] ?? data.task_types[0] ?? "";
    step.tasks = Array.from({ length: data.count }, (_, branch) => newTask(data.n0 + branch, type(branch), branch, at));
    step.fanOut = { expected: data.count, tolerate: data.tolerate, aggregateInto: data.aggregate_into };
    step.status = "running";
  },

  task_started(draft, data, at) {
    draft.task(data.n, (task) => ({
      ...task,
      status: "running",
      attempts: changeLast(task, { startedAt: at, worker: data.worker, fence: data.fence }),
    }));
  },

  task_finished(draft, data, at) {
    draft.task(data.n, (task) => ({
      ...task,
      status: "succeeded",
      output: data.r,
      attempts: changeLast(task, { ...ending(task, at, data), outcome: "success", word: data.outcome }),
    }));
    const step = draft.step();
    if (step && !step.fanOut && isJsonObject(data.r)) step.patch = { ...step.patch, ...data.r };
  },

  task_failed(draft, data, at) {
    const error = { code: data.code, message: data.message };
    draft.task(data.n, (task) => ({
      ...task,
      status: data.final ? "failed" : "retrying",
      attempts: changeLast(task, { ...ending(task, at, data), outcome: "failure", word: data.outcome ?? null, error }),
    }));
    const step = draft.step();
    if (step && data.final && !step.fanOut) step.error = error;
  },

  task_retry_set(draft, data, at) {
    const retryAt = new Date(Date.parse(at) + data.due_ms).toISOString();
    draft.task(data.n, (task) => ({ ...task, status: "retrying", attempts: changeLast(task, { retryAt }) }));
  },

  task_redelivered(draft, data, at) {
    draft.task(data.n, (task) => {
      const last = task.attempts.at(-1);
      const attempts =
        data.reason === "lost"
          ? changeLast(task, { endedAt: at, outcome: "lost", worker: data.worker ?? last?.worker ?? null })
          : task.attempts;
      const attempt = (last?.attempt ?? 0) + (data.reason === "lost" ? 0 : 1);
      return { ...task, status: "queued", attempts: [...attempts, newAttempt(attempt, data.fence, at)] };
    });
  },

  tasks_aggregated(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    step.tasks = step.tasks.map((task) =>
      task.attempts.at(-1)?.endedAt
        ? task
        : { ...task, status: "cancelled", attempts: changeLast(task, { endedAt: at }) },
    );
    if (data.failed > (step.fanOut?.tolerate ?? 0)) step.error = step.error ?? firstError(step);
  },

  approval_asked(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    const { n: no, message, approvers, quorum, decisions } = data;
    const deadlineAt =
      data.deadline_ms === undefined ? null : new Date(Date.parse(at) + data.deadline_ms).toISOString();
    step.approval = { no, message, approvers, quorum, decisions, deadlineAt, votes: [], ended: null };
    step.status = "needs_approval";
  },

  approval_decided(draft, data, at) {
    const step = draft.step();
    step?.approval?.votes.push({ decision: data.decision, by: data.by, comment: data.comment ?? null, at });
  },

  approval_expired(draft) {
    const step = draft.step();
    if (step?.approval) step.approval = { ...step.approval, ended: "expired" };
  },

  timer_set(draft) {
    const step = draft.step();
    if (step) step.status = "waiting";
  },

  timer_fired(draft) {
    const step = draft.step();
    if (step?.status === "retrying" || step?.status === "waiting") step.status = "running";
  },

  job_cancelled(draft, data, at) {
    draft.view.cancelled = { by: data.by, reason: data.reason ?? null };
    end(draft, at, "cancelled");
  },

  job_quarantined(draft, data, at) {
    end(draft, at, "quarantined", data);
  },

  job_failed(draft, data, at) {
    end(draft, at, "failed", data);
  },

  job_completed(draft, data, at) {
    end(draft, at, data.outcome === "success" ? "succeeded" : "failed");
  },

  job_retried(draft) {
    draft.view.ended = null;
    draft.view.endedAt = null;
    draft.view.cancelled = null;
  },
};

function closeStep(draft: ViewDraft, at: string, status: DisplayStatus): void {
  const step = draft.step();
  if (!step || step.endedAt !== null) return;
  step.endedAt = at;
  step.status = status;
  if (step.approval && step.approval.ended === null) {
    step.approval = { ...step.approval, ended: step.approval.votes.at(-1)?.decision ?? null };
  }
}

function end(draft: ViewDraft, at: string, status: DisplayStatus, error?: { code: string; message: string }): void {
  const step = draft.step();
  if (step && error) step.error = { code: error.code, message: error.message };
  if (step && status === "cancelled") {
    step.tasks = step.tasks.map((task) => (task.attempts.at(-1)?.endedAt ? task : { ...task, status: "cancelled" }));
  }
  closeStep(draft, at, status);
  draft.view.ended = status;
  draft.view.endedAt = at;
}
