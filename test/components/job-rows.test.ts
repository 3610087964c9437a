import { describe, expect, it } from "vitest";
import { countNewer, withNews } from "@/components/jobs/job-rows";
import type { JobRow } from "@/lib/api/job";

const AT = Date.parse("2026-11-21T12:00:00Z");

function row(job_id: string, version: number, more: Partial<JobRow> = {}): JobRow {
  return {
    job_id,
    status: "waiting_for_worker",
    display_status: "queued",
    state: "extract",
    blueprint_name: "video",
    blueprint_version: 1,
    version,
    created_at: "2026-11-21T11:00:00Z",
    updated_at: "2026-11-21T11:00:01Z",
    finished_at: null,
    labels: {},
    waiting_for: { kind: "worker", detail: "extract_text", until: null },
    error: null,
    progress: null,
    client_name: "acme",
    starter: null,
    parent_id: null,
    ...more,
  };
}

function change(job_id: string, version: number, more: Partial<JobRow> = {}) {
  const { status, display_status, state, blueprint_name } = row(job_id, version, more);
  return { change: { job_id, version, status, display_status, state, blueprint_name }, atMs: AT };
}

describe("a shown page of jobs", () => {
  it("keeps its rows and their order, whatever is read or heard", () => {
    const shown = [row("c", 3), row("b", 2), row("a", 1)];
    const read = [row("e", 1), row("d", 1), row("b", 5, { state: "chunk" })];
    const rows = withNews(shown, { read, changes: new Map([["e", change("e", 9)]]) });
    expect(rows.map(({ job_id, state }) => `${job_id} ${state}`)).toEqual(["c extract", "b chunk", "a extract"]);
  });

  it("shows a change at once and drops what it makes untrue", () => {
    const finished = change("a", 8, { status: "finished", display_status: "succeeded", state: "done" });
    const [after] = withNews([row("a", 3)], { read: [], changes: new Map([["a", finished]]) });
    expect(after).toMatchObject({
      version: 8,
      display_status: "succeeded",
      state: "done",
      waiting_for: null,
      updated_at: "2026-11-21T12:00:00.000Z",
      finished_at: "2026-11-21T12:00:00.000Z",
    });
  });

  it("never goes back: an older change or an older reading loses", () => {
    const rows = withNews([row("a", 5)], {
      read: [row("a", 4, { state: "validate" })],
      changes: new Map([["a", change("a", 5, { state: "validate" })]]),
    });
    expect(rows[0]?.state).toBe("extract");
  });

  it("takes the reading of the same version: progress has no number of its own", () => {
    const read = [row("a", 5, { progress: { done: 3, total: 9 } })];
    expect(withNews([row("a", 5)], { read, changes: new Map() })[0]?.progress?.done).toBe(3);
  });

  it("counts only jobs above the first row as new", () => {
    const shown = [row("c", 1), row("a", 1)];
    expect(countNewer(shown, [row("e", 1), row("d", 1), row("c", 1), row("b", 1)])).toBe(2);
    expect(countNewer([], [row("a", 1)])).toBe(1);
  });
});
