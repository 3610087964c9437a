import { attemptIdOf } from "@/lib/job-event";
import type { Job } from "@/server/engine/job";
import type { JobWrites } from "@/server/engine/writes";
import type { NoticeBus } from "@/server/queue/contract";

/** An attempt that is over without its worker's word, and that worker's name where the job knows it. */
export type EndedAttempt = [attemptId: string, worker: string | null];

/** So that a notice stays below what Postgres takes, with the longest names. */
const MOST_IN_A_NOTICE = 30;

/** Attempts that a change took from whoever had them: cancelled, over time, lost, or closed with their fan-out. */
export function endedAttempts(before: Job, writes: JobWrites): EndedAttempt[] {
  if (writes.goneTasks.length === 0 && writes.changedTasks.length === 0) return [];
  const reported = new Set<number>();
  for (const event of writes.events) {
    if ((event.kind === "task_finished" || event.kind === "task_failed") && event.data.outcome !== undefined)
      reported.add(event.data.n);
  }
  const over = [
    ...writes.goneTasks,
    ...writes.changedTasks.filter((row) => row.phase === "retry" || row.fence !== before.tasks.get(row.no)?.fence),
  ];
  return over.flatMap(({ no }) => {
    const task = before.tasks.get(no);
    const inHand = task && (task.phase === "started" || task.phase === "ready" || task.parked === "ready");
    return inHand && !reported.has(no) ? [[attemptIdOf(before.id, no, task.fence), task.worker]] : [];
  });
}

/** Says so to the processes that may have a connection to those workers. */
export function tellEnded(ended: EndedAttempt[], notices: Pick<NoticeBus, "tell">): void {
  for (let at = 0; at < ended.length; at += MOST_IN_A_NOTICE)
    notices.tell("ended", JSON.stringify(ended.slice(at, at + MOST_IN_A_NOTICE)));
}
