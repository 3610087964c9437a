import type { BulkAction } from "@/lib/api/bulk";
import type { Permission } from "@/lib/roles";

/** What can be done with many jobs, in the order of the bar; the first few are buttons, the rest is in the menu. */
export const LIST_ACTIONS = [
  "retry",
  "pause",
  "cancel",
  "resume",
  "requeue",
  "give_up",
  "set_priority",
] as const satisfies readonly BulkAction[];

/** What each needs besides the right to operate jobs. */
export const BULK_PERMISSION: Record<BulkAction, Permission> = {
  retry: "jobs:retry",
  cancel: "jobs:cancel",
  pause: "jobs:operate",
  resume: "jobs:operate",
  requeue: "jobs:operate",
  give_up: "jobs:operate",
  set_priority: "jobs:operate",
};

/** Actions after which a job cannot go back to what it was. */
export const FINAL_ACTIONS: ReadonlySet<BulkAction> = new Set(["cancel", "give_up"]);

/** Actions whose effect only shows when the job has run on: for these a few may go first. */
export const TRIED_ACTIONS: ReadonlySet<BulkAction> = new Set(["requeue", "retry"]);
