import { expect, test } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { Actor } from "@/lib/job-event";
import type { Signal } from "@/server/engine/signal";
import { APPROVAL_STATUS, type ApprovalWrite } from "@/server/engine/writes";
import { JOB_ID, MemoryJob } from "@/test/engine/decide-harness";

const asks: BlueprintDocument = {
  name: "asks",
  states: {
    ask: { type: "approval", start: true, message: "?", quorum: 2, transitions: { approved: "done" } },
    done: { type: "end", outcome: "success" },
  },
};
const person = (id: string): Actor => ({ kind: "operator", id });

/** What one change that holds all of these signals writes of the approval. */
function written(signals: (no: number) => Signal[]): ApprovalWrite | null {
  const job = new MemoryJob(asks);
  job.hear(...signals(job.job.approval?.no ?? 0));
  return job.writes.at(-1)?.changedApproval ?? null;
}
const vote = (no: number, id: string): Signal => ({
  kind: "approval_decided",
  jobId: JOB_ID,
  no,
  decision: "approved",
  by: person(id),
});

test("an approval that ends keeps what the same change did to it before", () => {
  const write = written((no) => [
    vote(no, "a"),
    { kind: "approval_withdrawn", jobId: JOB_ID, no, by: person("a") },
    { kind: "approval_delegated", jobId: JOB_ID, no, by: person("a"), to: ["role:admin"] },
    vote(no, "b"),
    vote(no, "c"),
  ]);
  expect(write).toMatchObject({ status: APPROVAL_STATUS.decided, outcome: "approved" });
  expect(write?.approval.votes.map(({ by }) => by.id)).toEqual(["b", "c"]);
  expect(write?.approval.approvers).toContain("role:admin");
  expect(write?.approval.version).toBe(6);
});

test("a voice that was not enough decides nothing when the same change ends the job", () => {
  const write = written((no) => [vote(no, "a"), { kind: "cancel", jobId: JOB_ID, by: person("z") }]);
  expect(write).toMatchObject({ status: APPROVAL_STATUS.withdrawn, outcome: null });
  expect(write?.approval.votes).toHaveLength(1);
});
