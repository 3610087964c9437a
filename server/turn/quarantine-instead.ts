import { isTerminal } from "@/lib/job-status";
import { JobChange } from "@/server/engine/change";
import { writesOf } from "@/server/engine/diff";
import { quarantine } from "@/server/engine/end";
import type { Job } from "@/server/engine/job";
import type { JobWrites } from "@/server/engine/writes";
import { aroundOf } from "./around";
import type { CachedJob } from "./job-cache";
import type { TurnDeps } from "./turn-deps";

/**
 * What stands in for a change that cannot be made: the job goes to quarantine with the reason. A job that has ended
 * stays as it is, for nothing but the change that was refused may reopen it.
 */
export function quarantineInstead(
  before: CachedJob,
  reason: { code: string; message: string },
  deps: Pick<TurnDeps, "clock" | "random" | "children">,
): { after: Job; writes: JobWrites | null } {
  const { job, blueprint } = before;
  if (isTerminal(job.status)) return { after: job, writes: null };
  const change = new JobChange(job, blueprint.compiled, aroundOf(deps));
  quarantine(change, reason.code, reason.message);
  return { after: change.job, writes: writesOf(job, change.job, change.events, blueprint.compiled) };
}
