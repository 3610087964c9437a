import type { JobCan } from "@/lib/api/job";
import { isTerminal, type JobStatus } from "@/lib/job-status";
import type { Permission } from "@/lib/roles";

const RETRYABLE: ReadonlySet<JobStatus> = new Set(["failed", "error", "quarantined"]);

/** What somebody with these rights may do with a job in this status; the engine decides in the end. */
export function jobCanOf(status: JobStatus, permissions: ReadonlySet<Permission>): JobCan {
  const open = !isTerminal(status);
  const operate = permissions.has("jobs:operate");
  const quarantined = status === "quarantined";
  return {
    cancel: open && permissions.has("jobs:cancel"),
    retry: RETRYABLE.has(status) && permissions.has("jobs:retry"),
    pause: open && operate && !quarantined && status !== "paused",
    resume: operate && status === "paused",
    requeue: operate && quarantined,
    give_up: operate && quarantined,
    complete: open && operate,
    prioritise: open && operate,
    fork: operate,
    signal: status === "waiting" && permissions.has("jobs:signal"),
  };
}
