import type { HistoryItem } from "@/lib/api/history";
import type { ContextSnapshot } from "@/lib/api/job-answer";
import { attemptIdOf, type HistoryEvent, taskIdOf } from "@/lib/job-event";
import type { StoredBlueprint } from "@/server/catalogue/catalogue";
import { applyEvent } from "@/server/engine/apply";
import { shownStatus } from "@/server/engine/job";
import { type JobStory, readJobStory } from "@/server/jobs/fold-job";
import type { Database } from "@/server/store/database";
import { snapshotOf } from "./job-answer";

/** An event with the names that clients of the reference read; `snapshot`: the job after it. */
export function historyItemOf(jobId: string, event: HistoryEvent, snapshot: ContextSnapshot | undefined): HistoryItem {
  const { data, seq, event_type: kind } = event;
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  const whole = (value: unknown) => (Number.isSafeInteger(value) ? (value as number) : null);
  const via = kind === "state_entered" ? (data.via as { from?: unknown } | undefined) : undefined;
  const no = whole(data.n);
  const fence = whole(data.fence);
  return {
    ...event,
    event_id: `${jobId}.${seq}`,
    job_id: jobId,
    duration_ms: typeof data.ms === "number" ? data.ms : null,
    previous_state: text(via?.from),
    next_state: kind === "state_entered" ? text(data.state) : null,
    worker_id: text(data.worker),
    origin_task_id: no === null ? null : fence === null ? taskIdOf(jobId, no) : attemptIdOf(jobId, no, fence),
    attempt_number: whole(data.attempt),
    ...(snapshot ? { context_snapshot: snapshot } : {}),
  };
}

/** The job after each of these events, by the event's number: its events are applied one by one. */
export async function snapshotsAfter(
  database: Database,
  jobId: string,
  blueprint: StoredBlueprint,
  events: readonly { seq: number }[],
): Promise<Map<number, ContextSnapshot>> {
  if (events.length === 0) return new Map();
  return snapshotsOf(
    await readJobStory(database, jobId, blueprint),
    blueprint.name,
    new Set(events.map(({ seq }) => seq)),
  );
}

function snapshotsOf({ blank: job, events, blueprint }: JobStory, name: string, wanted: ReadonlySet<number>) {
  const found = new Map<number, ContextSnapshot>();
  for (const event of events) {
    applyEvent(job, event, blueprint);
    if (!wanted.has(event.seq)) continue;
    found.set(event.seq, snapshotOf(job.id, name, { status: shownStatus(job), state: job.state, error: job.error }));
  }
  return found;
}
