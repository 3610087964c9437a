import type { EventData, EventKind } from "@/lib/job-event";
import type { DisplayStatus } from "@/lib/job-status";
import type { JobView, StepView, TaskView } from "@/lib/job-view";

/** What events of some kinds do to a view. */
export type ViewApplications<Kinds extends EventKind> = {
  [K in Kinds]: (draft: ViewDraft, data: EventData[K], at: string, seq: number) => void;
};

/** Copies what it changes, once per batch. */
export class ViewDraft {
  readonly view: JobView;
  private readonly copied = new Set<StepView>();
  private visits: Map<string, number> | null = null;

  constructor(view: JobView) {
    this.view = { ...view, steps: view.steps.slice(), edges: view.edges.slice() };
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

export function closeStep(draft: ViewDraft, at: string, status: DisplayStatus): void {
  const step = draft.step();
  if (!step || step.endedAt !== null) return;
  step.endedAt = at;
  step.status = status;
  if (step.approval && step.approval.ended === null) {
    step.approval = { ...step.approval, ended: step.approval.votes.at(-1)?.decision ?? null };
  }
}

export function end(
  draft: ViewDraft,
  at: string,
  status: DisplayStatus,
  error?: { code: string; message: string },
): void {
  const step = draft.step();
  // Of the error of its task the step knows more already.
  if (step && error && step.error?.message !== error.message) step.error = { code: error.code, message: error.message };
  if (step && status === "cancelled") {
    step.tasks = step.tasks.map((task) => (task.attempts.at(-1)?.endedAt ? task : { ...task, status: "cancelled" }));
  }
  closeStep(draft, at, status);
  draft.view.ended = status;
  draft.view.endedAt = at;
  draft.view.paused = null;
}
