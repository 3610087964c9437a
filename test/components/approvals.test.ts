import { describe, expect, it } from "vitest";
import { byDecision, dueGroups } from "@/components/approvals/due-groups";
import { factsOf } from "@/components/approvals/facts";
import { followingSteps } from "@/components/approvals/following-steps";
import { completeValues } from "@/components/approvals/form-values";
import type { ApprovalRow } from "@/lib/api/approval";
import type { BlueprintDocument } from "@/lib/blueprint/document";

const NOW = Date.parse("2026-11-21T12:00:00Z");

function approval(id: string, deadline_at: string | null, more: Partial<ApprovalRow> = {}): ApprovalRow {
  return {
    approval_id: id,
    job_id: id,
    no: 1,
    status: "open",
    state: "review",
    message: id,
    blueprint_name: "video",
    blueprint_version: 1,
    client_name: "acme",
    labels: {},
    approvers: [],
    quorum: 1,
    decisions: ["approved"],
    votes: [],
    outcome: null,
    version: 1,
    asked_at: "2026-11-21T10:00:00Z",
    decided_at: null,
    deadline_at,
    may_decide: true,
    may_withdraw: false,
    why_not: null,
    ...more,
  };
}

describe("the inbox", () => {
  it("puts the most urgent first and leaves out empty groups", () => {
    const rows = [
      approval("none", null),
      approval("soon", "2026-11-21T13:00:00Z"),
      approval("over", "2026-11-21T11:59:00Z"),
      approval("sooner", "2026-11-21T12:10:00Z"),
    ];
    expect(dueGroups(rows, NOW).map(({ group, rows: all }) => [group, all.map((row) => row.message)])).toEqual([
      ["overdue", ["over"]],
      ["today", ["sooner", "soon"]],
      ["noDeadline", ["none"]],
    ]);
    expect(dueGroups([], NOW)).toEqual([]);
  });

  it("shows the last decision first", () => {
    const rows = [
      approval("first", null, { decided_at: "2026-11-21T10:01:00Z" }),
      approval("last", null, { decided_at: "2026-11-21T10:02:00Z" }),
    ];
    expect(byDecision(rows).map((row) => row.message)).toEqual(["last", "first"]);
  });
});

const document: BlueprintDocument = {
  name: "video",
  states: {
    review: {
      type: "approval",
      start: true,
      message: "?",
      transitions: { approved: "publish", rejected: "refused", send_back: "look" },
    },
    publish: { type: "task", task_type: "publish", transitions: { success: "done", failure: "refused" } },
    look: { type: "choice", cases: [{ when: "true", to: "review" }], default: "publish" },
    done: { type: "end", outcome: "success" },
    refused: { type: "end", outcome: "failure" },
  },
};

describe("what follows a decision", () => {
  it("goes on as if all went well, to the end", () => {
    expect(followingSteps(document, "review", "approved")).toEqual([
      { state: "publish", type: "task", description: null, detail: "publish", outcome: null, oneOf: [] },
      { state: "done", type: "end", description: null, detail: null, outcome: "success", oneOf: [] },
    ]);
    expect(followingSteps(document, "review", "rejected").map((step) => step.outcome)).toEqual(["failure"]);
  });

  it("stops where the way parts, and says where it may go", () => {
    expect(followingSteps(document, "review", "send_back")).toMatchObject([
      { state: "look", oneOf: ["review", "publish"] },
    ]);
  });

  it("knows nothing of a decision or a state that is not in the document", () => {
    expect(followingSteps(document, "review", "expired")).toEqual([]);
    expect(followingSteps(document, "nowhere", "approved")).toEqual([]);
  });

  it("ends in a circle", () => {
    const circle: BlueprintDocument = {
      name: "circle",
      states: {
        ask: { type: "approval", start: true, message: "?", transitions: { approved: "set" } },
        set: { type: "set", values: {}, to: "again" },
        again: { type: "set", values: {}, to: "set" },
      },
    };
    expect(followingSteps(circle, "ask", "approved").map((step) => step.state)).toEqual(["set", "again"]);
  });
});

describe("a decision's values", () => {
  const form = { type: "object", required: ["limit"], properties: { limit: { type: "integer" } } };
  it.each([
    ["approved", { limit: 3 }, { limit: 3 }],
    ["approved", {}, {}],
    ["rejected", { limit: 3 }, { limit: 3 }],
    ["rejected", {}, undefined],
  ])("%s with %j sends %j", (decision, values, sent) => {
    expect(completeValues(form, values, decision)).toEqual(sent);
  });

  it("are none where nothing is asked", () => {
    expect(completeValues(null, {}, "approved")).toBeUndefined();
  });
});

it("shows a job's own figures before deeper ones, without ids, noughts and repetitions", () => {
  const history = {
    chunks_blob: "c3523f72",
    file_count: 4,
    unsupported: 0,
    text: "x".repeat(80),
    report: { title: "Harbour", totals: { files: 4, pages: 312 } },
  };
  expect(factsOf(history)).toEqual([
    { name: "file_count", value: 4 },
    { name: "title", value: "Harbour" },
    { name: "pages", value: 312 },
  ]);
});
