import type { BulkCanary, CanaryVerdict } from "@/lib/api/bulk";
import { isTerminal, type JobStatus } from "@/lib/job-status";
import type { CanaryJob } from "@/server/store/selection-items";

type Fate = "well" | "badly" | "stands" | "under_way";

/** Statuses in which a job stays until a person does something. */
const STANDING: ReadonlySet<JobStatus> = new Set(["paused", "waiting_for_human"]);

/** What became of the canaries: jobs that are done with, jobs that are still under way. */
export interface CanaryTally {
  done: number;
  well: number;
  badly: number;
  /** Neither ended nor moving: they wait for a person. */
  standing: number;
  underWay: number;
}

/**
 * Adds up what became of the canaries. `runsOn`: the action makes them run, so that their end says whether it helped;
 * else the action itself is all there is to see. A canary that the action failed for ended badly.
 */
export function tally(canaries: readonly CanaryJob[], runsOn: boolean): CanaryTally {
  const fates = canaries.flatMap((canary) => fateOf(canary, runsOn) ?? []);
  const count = (fate: Fate) => fates.filter((each) => each === fate).length;
  return {
    done: canaries.filter((canary) => canary.outcome === "ok").length,
    well: count("well"),
    badly: count("badly"),
    standing: count("stands"),
    underWay: count("under_way"),
  };
}

function fateOf({ outcome, status }: CanaryJob, runsOn: boolean): Fate | null {
  if (outcome === "failed") return "badly";
  if (outcome !== "ok") return null;
  if (!runsOn) return "well";
  if (status === "finished") return "well";
  if (status === null || status === "quarantined" || isTerminal(status)) return "badly";
  return STANDING.has(status) ? "stands" : "under_way";
}

/**
 * `badly` as soon as one is known to have; `well` when all have. Null while that is open: jobs that wait for a person
 * count as undecided only once nothing else moves and a person is asked anyway.
 */
export function verdictOf(tallied: CanaryTally, ask: boolean): CanaryVerdict | null {
  if (tallied.badly > 0) return "badly";
  if (tallied.underWay > 0) return null;
  if (tallied.standing > 0) return ask ? "undecided" : null;
  return tallied.done > 0 ? "well" : "undecided";
}

/** Looks at the canaries in 1, 2, 4 … 60 seconds; null after an hour. `looks` counts those so far. */
export function secondsToNextLook(looks: number): number | null {
  return looks < MAX_LOOKS ? Math.min(2 ** Math.min(looks, 10), MOST_SECONDS) : null;
}

const MOST_SECONDS = 60;
const MAX_LOOKS = 65;
const SHOWN = 20;

/** As the API shows them. */
export function canaryView(
  canaries: readonly CanaryJob[],
  order: { wanted: number; runsOn: boolean; ask: boolean },
): BulkCanary {
  const tallied = tally(canaries, order.runsOn);
  return {
    wanted: order.wanted,
    done: tallied.done,
    ended_well: tallied.well,
    ended_badly: tallied.badly,
    under_way: tallied.underWay + tallied.standing,
    verdict: canaries.length === 0 ? null : verdictOf(tallied, order.ask),
    job_ids: canaries
      .filter(({ outcome }) => outcome !== "skipped")
      .slice(0, SHOWN)
      .map(({ jobId }) => jobId),
  };
}
