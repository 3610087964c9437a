import { type Actor, type EventKind, type JobEvent, taskIdOf } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";

/** Who did what to a job, for the audit log; written by the commit of the change itself. */
export interface AuditEntryOfJob {
  by: Actor;
  /** `<subject>.<verb>`. */
  action: string;
  target: readonly [kind: "job" | "approval", id: string];
  reason: string | null;
  /** No payloads: names and words only. */
  data: JsonObject | null;
}

const AUDITED: ReadonlySet<EventKind> = new Set([
  "job_cancelled",
  "job_retried",
  "job_paused",
  "job_resumed",
  "job_requeued",
  "job_failed",
  "job_forked",
  "step_completed",
  "priority_changed",
  "signal_received",
  "approval_decided",
  "approval_delegated",
  "approval_withdrawn",
] satisfies EventKind[]);

/** The entries of a change: one for each event that a person or an API client brought about. */
export function auditEntries(jobId: string, events: JobEvent[]): AuditEntryOfJob[] {
  const entries: AuditEntryOfJob[] = [];
  for (const event of events) {
    const entry = AUDITED.has(event.kind) ? entryOf(jobId, event) : null;
    if (entry && (entry.by.kind === "operator" || entry.by.kind === "client")) entries.push(entry);
  }
  return entries;
}

function entryOf(jobId: string, event: JobEvent): AuditEntryOfJob | null {
  const job = (action: string, by: Actor, reason?: string, data?: JsonObject): AuditEntryOfJob => ({
    by,
    action: `job.${action}`,
    target: ["job", jobId],
    reason: reason ?? null,
    data: by.bulk === undefined ? (data ?? null) : { ...data, bulk: by.bulk },
  });
  const approval = (action: string, n: number, by: Actor, data: JsonObject, reason?: string): AuditEntryOfJob => ({
    ...job(action, by, reason, data),
    action: `approval.${action}`,
    target: ["approval", taskIdOf(jobId, n)],
  });
  const { kind, data } = event;
  switch (kind) {
    case "job_cancelled":
      return job("cancel", data.by, data.reason);
    case "job_retried":
      return job("retry", data.by, data.reason);
    case "job_paused":
      return job("pause", data.by, data.reason);
    case "job_resumed":
      return job("resume", data.by, data.reason);
    case "job_requeued":
      return job("requeue", data.by, data.reason, { patched: patchedKeys(data) });
    case "job_failed":
      return data.by ? job("give_up", data.by, data.reason) : null;
    case "job_forked":
      return job("fork", data.by, data.reason, { fork: data.fork, state: data.state, seq: data.seq });
    case "step_completed":
      return job("complete", data.by, data.reason, { outcome: data.outcome });
    case "priority_changed":
      return job("priority", data.by, undefined, { priority: data.priority });
    case "signal_received":
      return job("signal", data.by, undefined, { name: data.name });
    case "approval_decided":
      return approval("decide", data.n, data.by, { decision: data.decision }, data.comment);
    case "approval_delegated":
      return approval("delegate", data.n, data.by, { to: data.to }, data.comment);
    case "approval_withdrawn":
      return approval("withdraw", data.n, data.by, {});
    default:
      return null;
  }
}

function patchedKeys({ set = {}, unset = [], input }: { set?: JsonObject; unset?: string[]; input?: JsonObject }) {
  return [...(input ? ["initial_data"] : []), ...[...Object.keys(set), ...unset].map((key) => `state_history.${key}`)];
}
