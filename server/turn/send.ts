import { jobStatusOf } from "@/lib/job-status";
import type { MadeJob, PinnedBlueprint } from "@/server/engine/change";
import type { Job } from "@/server/engine/job";
import type { JobWrites, NewJobWrites } from "@/server/engine/writes";
import { faultPoint } from "@/server/fault-point";
import type { CountedChange } from "@/server/metrics/job-metrics";
import type { TaskMessage } from "@/server/queue/contract";
import { paramsCopy } from "./task-message";
import type { TurnDeps } from "./turn-deps";

const NONE: never[] = [];

/** A committed change, with what is needed to tell the world of it. */
export interface Committed {
  job: Job;
  /** The job before the change; absent: it was made by it. */
  before?: Job;
  blueprint: PinnedBlueprint;
  writes: JobWrites;
}

/** The jobs that a committed change made. */
export function committedOf(made: MadeJob[], madeWrites: NewJobWrites[]): Committed[] {
  return made.flatMap(({ job, blueprint }, index) => {
    const writes = madeWrites[index]?.writes;
    return writes ? [{ job, blueprint, writes }] : [];
  });
}

/**
 * Which of the ready tasks of these writes go into the window now (`<job>.<no>`); the rest become backlog. Credit is
 * counted per type over the batch.
 */
export function announcedOf(all: JobWrites[], deps: Pick<TurnDeps, "queue" | "refiller">): Set<string> {
  const announced = new Set<string>();
  const left = new Map<string, number>();
  for (const writes of all) {
    for (const task of writes.newTasks) if (!task.held && task.requirements === null) announce(writes.jobId, task);
    for (const task of writes.changedTasks) {
      if (task.phase === "ready" && !task.isPlaced) announce(writes.jobId, task);
    }
  }
  return announced;

  function announce(jobId: string, { no, type }: { no: number; type: string }): void {
    const free = left.get(type) ?? deps.queue.credit(type);
    if (free <= 0) {
      deps.refiller.noteBacklog(type);
      return;
    }
    left.set(type, free - 1);
    announced.add(`${jobId}.${no}`);
  }
}

/**
 * Tells workers, browsers and handlers of committed changes. Nothing here is waited for and nothing may fail the turn:
 * what is lost on the way is found by the reconciler.
 */
export function send(committed: Committed[], announced: Set<string>, deps: TurnDeps): void {
  if (committed.length === 0) return;
  if (deps.onCommitted) for (const one of committed) deps.onCommitted(countedOf(one));
  const messages: TaskMessage[] = [];
  if (announced.size > 0) for (const one of committed) addMessages(messages, one, announced);
  if (messages.length > 0) deps.queue.announce(messages);
  for (const { writes } of committed) {
    if (writes.goneTasks.length + writes.changedTasks.length > 0) deps.reputations.note(writes.events);
  }
  if (committed.some(({ writes }) => asksForPlaces(writes))) deps.notices?.tell("unplaced", "");
  const withdrawn = committed.flatMap((one) => (one.writes.goneTasks.length === 0 ? NONE : withdrawnOf(one)));
  if (withdrawn.length > 0) {
    faultPoint("send.before_withdraw");
    deps.queue.withdraw(withdrawn);
  }
  const parked = committed.flatMap((one) => (one.writes.changedTasks.length === 0 ? NONE : parkedOf(one)));
  if (parked.length > 0) deps.queue.recall(parked);
  const told = committed.flatMap(({ writes }) =>
    writes.signals.length === 0 ? NONE : writes.signals.map((signal) => signal.jobId),
  );
  if (told.length > 0) {
    faultPoint("send.before_tell");
    deps.queue.rowsWritten(told);
  }
  deps.live.publish(JSON.stringify(committed.map(liveEntry)));
  for (const { job, blueprint, writes } of committed) {
    if (writes.timersSet.some((timer) => timer.kind === "handler")) deps.runHandler(job, blueprint);
  }
  for (const { job } of committed) dropParams(job);
}

function countedOf({ job, before, blueprint, writes }: Committed): CountedChange {
  return {
    jobId: job.id,
    blueprint: blueprint.name,
    status: jobStatusOf(writes.status),
    events: writes.events,
    tasksBefore: before?.tasks ?? null,
    tasks: job.tasks,
  };
}

/** Whether there is something for the dispatcher in it. */
function asksForPlaces({ newTasks, changedTasks }: JobWrites): boolean {
  return (
    newTasks.some((task) => task.requirements !== null && !task.held) ||
    changedTasks.some((task) => task.isPlaced && task.phase === "ready")
  );
}

function addMessages(messages: TaskMessage[], { job, blueprint, writes }: Committed, announced: Set<string>): void {
  const sentAt = Date.now();
  const rows = writes.changedTasks.length === 0 ? writes.newTasks : [...writes.newTasks, ...writes.changedTasks];
  for (const row of rows) {
    if (!announced.has(`${job.id}.${row.no}`)) continue;
    const task = job.tasks.get(row.no);
    if (!task) continue;
    const params = paramsCopy(row.params === undefined ? null : JSON.stringify(row.params));
    const { no, fence, attempt, type } = task;
    const { timeoutMs, priority } = row;
    messages.push({
      jobId: job.id,
      no,
      fence,
      attempt,
      type,
      priority,
      params,
      timeoutMs,
      blueprint: blueprint.name,
      sentAt,
    });
  }
}

/** Tasks that ended without a worker's word: cancelled, timed out, lost, or closed with their fan-out. */
function withdrawnOf({ job, writes }: Committed): { jobId: string; no: number; type: string }[] {
  const reported = new Set<number>();
  for (const event of writes.events) {
    if ((event.kind === "task_finished" || event.kind === "task_failed") && event.data.outcome !== undefined)
      reported.add(event.data.n);
  }
  return writes.goneTasks.filter((gone) => !reported.has(gone.no)).map(({ no, type }) => ({ jobId: job.id, no, type }));
}

/** Tasks that nobody has begun, of a job that was paused. */
function parkedOf({ job, writes }: Committed): { jobId: string; no: number; type: string }[] {
  return writes.changedTasks
    .filter((task) => task.phase === "held")
    .map(({ no, type }) => ({ jobId: job.id, no, type }));
}

/** One job's part of the live line: what a browser needs to patch a row. Who watches the job reads its events. */
function liveEntry({ job, blueprint, writes }: Committed) {
  return {
    job_id: job.id,
    client_id: job.clientId,
    version: writes.version,
    status: jobStatusOf(writes.status),
    state: writes.state,
    blueprint_name: blueprint.name,
    started: hasStarted(job),
  };
}

function hasStarted(job: Job): boolean {
  for (const task of job.tasks.values()) if (task.phase === "started") return true;
  return false;
}

/** The row has them; a cache of a million params would not be one. */
function dropParams(job: Job): void {
  for (const task of job.tasks.values()) task.params = undefined;
}
