import type { EventData } from "@/lib/job-event";
import type { BranchResult, Job, OpenTask } from "./job";
import { newTask } from "./open-task";
import { park } from "./park";

/** Opens one task per branch; those above the concurrency are held until a place is free. */
export function applyFanOut(draft: Job, data: EventData["tasks_fanned_out"]): void {
  const concurrency = data.concurrency ?? data.count;
  for (let branch = 0; branch < data.count; branch++) {
    const type = (data.task_types[branch] ?? data.task_types[0]) as string;
    draft.tasks.set(data.n0 + branch, newTask(data.n0 + branch, type, branch, branch >= concurrency));
  }
  draft.fanOut = {
    n0: data.n0,
    expected: data.count,
    pending: data.count,
    failed: 0,
    tolerate: data.tolerate,
    concurrency,
    aggregateInto: data.aggregate_into,
    results: new Array(data.count).fill(null),
  };
  draft.aggregation = null;
  draft.status = "waiting_for_parallel_tasks";
}

/** Counts a branch as ended and lets the next held one start. */
export function applyBranchEnd(draft: Job, branch: number, result: BranchResult): void {
  const group = draft.fanOut;
  if (!group || group.results[branch]) return;
  group.results[branch] = result;
  group.pending -= 1;
  if (result.error) group.failed += 1;
  if (group.concurrency >= group.expected) return;
  for (const task of draft.tasks.values()) {
    if (task.phase !== "held" || task.parked) continue;
    const freed: OpenTask = { ...task, phase: "ready" };
    draft.tasks.set(task.no, draft.paused ? park(freed) : freed);
    return;
  }
}
