import { isTerminal } from "@/lib/job-status";
import type { Job } from "./job";
import type { ChildReport } from "./signal";

/** What a child's parent hears of this change: that the child ended, or stands in quarantine; null when neither. */
export function childReport(before: Job, after: Job): ChildReport | null {
  const { parent, status, result, error } = after;
  if (!parent || before.status === status) return null;
  if (!isTerminal(status) && status !== "quarantined") return null;
  return {
    kind: "child_ended",
    jobId: parent.jobId,
    no: parent.no,
    child: after.id,
    status,
    ...(status === "finished" && result !== null ? { result } : {}),
    ...(error && status !== "finished" ? { error: { code: error.code, message: error.message } } : {}),
  };
}
