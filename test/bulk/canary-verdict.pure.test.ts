import { expect, test } from "vitest";
import type { JobStatus } from "@/lib/job-status";
import { secondsToNextLook, tally, verdictOf } from "@/server/bulk/canary-verdict";
import type { CanaryJob } from "@/server/store/selection-items";

const canary = (status: JobStatus | null, outcome: CanaryJob["outcome"] = "ok"): CanaryJob => ({
  jobId: "x",
  outcome,
  status,
});

test.each<[string, CanaryJob[], auto: string | null, ask: string | null]>([
  ["all finished", [canary("finished"), canary("finished")], "well", "well"],
  ["one runs", [canary("finished"), canary("waiting_for_worker")], null, null],
  ["one failed, one runs", [canary("failed"), canary("running")], "badly", "badly"],
  ["in quarantine again", [canary("quarantined")], "badly", "badly"],
  ["cancelled meanwhile", [canary("cancelled")], "badly", "badly"],
  ["deleted meanwhile", [canary(null)], "badly", "badly"],
  ["refused by the data", [canary("quarantined", "failed")], "badly", "badly"],
  ["waits for a person", [canary("waiting_for_human")], null, "undecided"],
  ["paused, one runs", [canary("paused"), canary("awaiting_retry")], null, null],
  ["passed over", [canary("running", "skipped")], "undecided", "undecided"],
  ["none", [], "undecided", "undecided"],
])("canaries that run on: %s", (_what, canaries, auto, ask) => {
  const tallied = tally(canaries, true);
  expect([verdictOf(tallied, false), verdictOf(tallied, true)]).toEqual([auto, ask]);
});

test("what does not make a job run has ended well as soon as it is done", () => {
  expect(verdictOf(tally([canary("cancelled"), canary("paused")], false), false)).toBe("well");
  expect(verdictOf(tally([canary("finished", "failed")], false), false)).toBe("badly");
});

test("canaries are looked at ever more rarely, for about an hour", () => {
  const waits: number[] = [];
  for (let looks = 0; ; looks++) {
    const seconds = secondsToNextLook(looks);
    if (seconds === null) break;
    waits.push(seconds);
  }
  expect(waits.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect(waits.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(3_500);
  expect(waits.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(3_700);
});
