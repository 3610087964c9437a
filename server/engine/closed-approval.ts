import type { JobEvent } from "@/lib/job-event";
import type { Job, OpenApproval } from "./job";
import { APPROVAL_STATUS, type ApprovalWrite } from "./writes";

/** An approval that ended in a change: as the change's own votes and delegations left it, and with what ended it. */
export function closedApproval(before: Job, old: OpenApproval, events: JobEvent[]): ApprovalWrite {
  let approval = old;
  let said: string | null = null;
  for (const event of events) {
    if (event.kind === "step_completed" || event.kind === "job_cancelled") said = null;
    if (ENDS.has(event.kind)) break;
    const change = changeBy(event, approval);
    if (change) approval = { ...approval, ...change, version: approval.version + 1 };
    if (event.kind === "approval_decided") said = event.data.decision;
    if (event.kind === "approval_expired") said = "expired";
  }
  const status = said === null ? "withdrawn" : said === "expired" ? "expired" : "decided";
  const { state } = before;
  return { no: old.no, status: APPROVAL_STATUS[status], state, approval, deadlineMs: null, outcome: said };
}

/** What follows belongs to another state. */
const ENDS: ReadonlySet<JobEvent["kind"]> = new Set([
  "state_entered",
  "step_completed",
  "job_cancelled",
  "job_failed",
  "job_quarantined",
]);

function changeBy(event: JobEvent, { votes, approvers }: OpenApproval): Partial<OpenApproval> | null {
  switch (event.kind) {
    case "approval_decided": {
      const { decision, by, comment, values } = event.data;
      return { votes: [...votes, { decision, by, comment, values }] };
    }
    case "approval_withdrawn": {
      const { kind, id } = event.data.by;
      return { votes: votes.filter(({ by }) => by.kind !== kind || by.id !== id) };
    }
    case "approval_delegated":
    case "approval_escalated":
      return { approvers: [...new Set([...approvers, ...event.data.to])] };
    default:
      return null;
  }
}
