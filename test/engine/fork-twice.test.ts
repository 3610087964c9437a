import { expect, it } from "vitest";
import { decide } from "@/server/engine/decide";
import type { Signal } from "@/server/engine/signal";
import { AROUND, JOB_ID, MemoryJob } from "./decide-harness";

// Found by random signals: the id of a fork comes with the signal, and one that was decided again after a commit in doubt
// inserted the same job twice, which sent the job it was made of to quarantine.
it("a fork that is asked for again is there already", () => {
  const job = new MemoryJob({
    name: "forked",
    states: {
      work: { type: "task", start: true, task_type: "a", transitions: { success: "done" } },
      done: { type: "end", outcome: "success" },
    },
  });
  const fork: Signal = {
    kind: "fork",
    jobId: JOB_ID,
    by: { kind: "operator", id: "ana" },
    fork: "0190b000-0000-7000-8000-000000000002",
    state: "work",
    seq: 1,
    input: {},
    stateHistory: {},
  };
  const first = decide(job.blueprint, job.job, [fork, fork], AROUND);
  expect(first.verdicts).toEqual([{ applied: true }, { applied: true }]);
  expect(first.made.map(({ job: made }) => made.id)).toEqual([fork.fork]);
  const again = decide(job.blueprint, first.job, [fork], AROUND);
  expect(again).toMatchObject({ verdicts: [{ applied: true }], events: [], made: [] });
});
