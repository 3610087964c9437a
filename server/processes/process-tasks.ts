import type { ProcessTask } from "@/lib/api/process";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { JobStatus } from "@/lib/job-status";
import type { JobView, StepView } from "@/lib/job-view";
import { type ProcessWord, WORD_OF_JOB, WORD_OF_STEP } from "@/lib/process-status";
import { taskNamesOf } from "./process-order";

/**
 * A process as its client sees it, from the same view of the job that the dashboard draws. One entry for each task of the
 * blueprint; of a state that was visited several times it is the last visit.
 */
export function processOf(
  document: BlueprintDocument,
  jobStatus: JobStatus,
  view: JobView,
): { status: ProcessWord; tasks: ProcessTask[] } {
  const status = WORD_OF_JOB[jobStatus];
  const names = taskNamesOf(document);
  const visits = new Map(view.steps.map((step, index) => [step.state, index]));
  const overAt = isLast(status) ? view.endedAt : null;
  const tasks = names.map((name) => taskOf(view, name, visits.get(name), overAt));
  if (status === "failure" && tasks.every((task) => task.status !== "failure")) blame(tasks, view);
  const isBegun = tasks.some((task) => task.status !== "pending");
  return { status: isLast(status) ? status : isBegun ? "running" : "pending", tasks };
}

/** A client may stop asking there. */
export function isLast(word: ProcessWord): boolean {
  return word === "success" || word === "failure";
}

/** The task that led a process to an end of failure is what failed, whatever word its outcome has. */
function blame(tasks: ProcessTask[], view: JobView): void {
  const byName = new Map(tasks.map((task) => [task.task_name, task]));
  const task = view.steps.map((step) => byName.get(step.state)).findLast((found) => found?.status === "success");
  if (task) task.status = "failure";
}

/** `overAt`: when the whole process ended; null while it is open. */
function taskOf(view: JobView, name: string, index: number | undefined, overAt: string | null): ProcessTask {
  const step = index === undefined ? undefined : view.steps[index];
  if (index === undefined || !step) return { task_name: name, status: "pending", started_at: null, ended_at: null };
  const startedAt = startOf(step);
  const { word, endedAt } = endOf(step, view.steps[index + 1], overAt);
  const status = word === "pending" && startedAt !== null ? "running" : word;
  const ended = endedAt !== null && startedAt !== null && endedAt < startedAt ? startedAt : endedAt;
  return { task_name: name, status, started_at: startedAt, ended_at: ended };
}

function endOf(
  step: StepView,
  next: StepView | undefined,
  overAt: string | null,
): { word: ProcessWord; endedAt: string | null } {
  const word = WORD_OF_STEP[step.status];
  if (isLast(word)) return { word, endedAt: step.endedAt ?? next?.enteredAt ?? overAt };
  // Quarantine ends a visit for people, not for the client: what comes of it is seen by what follows.
  if (next) return { word: next.via?.on === "failure" ? "failure" : "success", endedAt: next.enteredAt };
  return overAt === null ? { word, endedAt: null } : { word: "failure", endedAt: overAt };
}

/**
 * When work on it began: where workers do it with its first attempt, else when the job came to it. A worker tells how long it
 * took by a clock of its own; that never makes it begin before it was asked for.
 */
function startOf({ tasks, enteredAt }: StepView): string | null {
  if (tasks.length === 0) return enteredAt;
  const starts = tasks.flatMap(({ attempts }) =>
    attempts.flatMap(({ startedAt, outcome, worker, queuedAt }) => {
      const isHeard = outcome !== null && outcome !== "lost" && worker !== null;
      return startedAt ?? (isHeard ? queuedAt : []);
    }),
  );
  const first = starts.toSorted()[0];
  if (first === undefined) return null;
  return first < enteredAt ? enteredAt : first;
}
