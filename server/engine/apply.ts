import type { EventKind, JobEvent } from "@/lib/job-event";
import type { Applications, Apply } from "./application";
import { APPLY_APPROVAL } from "./apply-approval";
import { APPLY_JOB } from "./apply-job";
import { APPLY_STATE } from "./apply-state";
import { APPLY_TASK } from "./apply-task";
import type { CompiledBlueprint } from "./blueprint/compile";
import type { Job } from "./job";

const APPLY: Applications<EventKind> = { ...APPLY_JOB, ...APPLY_STATE, ...APPLY_TASK, ...APPLY_APPROVAL };

/**
 * Applies one event to a draft: the only place that says what an event means for a job. A job read from the database is
 * the fold of its events through this function, and `decide` uses it on what it has just emitted, so the two cannot differ.
 */
export function applyEvent(draft: Job, event: JobEvent, blueprint: CompiledBlueprint): void {
  const apply = APPLY[event.kind] as Apply<unknown>;
  apply(draft, event.data, event.seq, blueprint);
  if (draft.timers.size > 0) for (const timer of draft.timers.values()) timer.setBy ??= event.seq;
  draft.version = event.seq;
}
