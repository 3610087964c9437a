import type { Job } from "./job";

/** What the current state had open ends with it: tasks, fan-out, approval, wait, child, and their timers. */
export function leaveState(draft: Job): void {
  draft.tasks.clear();
  draft.fanOut = null;
  draft.approval = null;
  draft.wait = null;
  draft.child = null;
  if (draft.timers.size === 0) return;
  for (const key of ["handler", "approval", "escalation", "wait"]) draft.timers.delete(key);
}
