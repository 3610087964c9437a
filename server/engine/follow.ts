import type { EnteredVia } from "@/lib/job-event";
import type { JobChange } from "./change";
import { enter } from "./enter";

/** Follows an outcome to its state. */
export function follow(change: JobChange, on: string, target: string): void {
  const via: EnteredVia = { from: change.job.state, on };
  enter(change, target, via);
}
