import type { BulkAction, BulkBody } from "@/lib/api/bulk";
import type { Actor, EventKind } from "@/lib/job-event";
import type { Permission } from "@/lib/roles";
import type { DataPatch, IgnoredReason, OperatorSignal } from "@/server/engine/signal";

interface ActionSpec {
  permission: Permission;
  /** The event by which the history of a job shows that it was done. */
  event: EventKind;
  /** The job goes on running afterwards: whether that helped is seen when it has come to a stop. */
  runsOn: boolean;
}

/** What can be done to many jobs, and how it is seen that it was done. */
export const BULK_ACTION: Record<BulkAction, ActionSpec> = {
  cancel: { permission: "jobs:cancel", event: "job_cancelled", runsOn: false },
  pause: { permission: "jobs:operate", event: "job_paused", runsOn: false },
  resume: { permission: "jobs:operate", event: "job_resumed", runsOn: true },
  retry: { permission: "jobs:retry", event: "job_retried", runsOn: true },
  requeue: { permission: "jobs:operate", event: "job_requeued", runsOn: true },
  give_up: { permission: "jobs:operate", event: "job_failed", runsOn: false },
  set_priority: { permission: "jobs:operate", event: "priority_changed", runsOn: false },
};

/** What the bulk job asks of one job, in the name of the person who asked for all of them. */
export function signalFor(order: BulkBody, jobId: string, by: Actor): OperatorSignal {
  const word = { jobId, by, ...(order.reason ? { reason: order.reason } : {}) };
  switch (order.action) {
    case "requeue":
      return { kind: "requeue", ...word, ...(order.patch ? { patch: order.patch as DataPatch } : {}) };
    case "set_priority":
      return { kind: "set_priority", ...word, priority: order.priority ?? 0 };
    default:
      return { kind: order.action, ...word };
  }
}

const FAULTS: ReadonlySet<IgnoredReason> = new Set<IgnoredReason>(["invalid_data", "unknown_state", "unknown_outcome"]);

/** A job that is not in a state for it is passed over; one that the order does not suit is a failure. */
export function outcomeOfRefusal(reason: IgnoredReason): "skipped" | "failed" {
  return FAULTS.has(reason) ? "failed" : "skipped";
}
