import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isStale } from "@/components/data/live";
import { createBatch } from "@/components/data/live-hub";
import { type JobChange, type LiveEvent, newsOf } from "@/components/data/live-messages";
import { union } from "@/components/data/live-tabs";

const change = (job_id: string, version: number): JobChange => ({
  job_id,
  version,
  status: "running",
  display_status: "running",
  state: "s",
  blueprint_name: "b",
});
const event = (seq: number) => ({ seq, event_type: "state_entered", timestamp: "", state: "s", data: {} }) as LiveEvent;

describe("the batch of live news", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("hands on all events but only the newest change and progress, once per period", () => {
    const flushed = vi.fn();
    const batch = createBatch(100, flushed);
    batch.add({ kind: "jobs", changes: [change("a", 1)] });
    batch.add({ kind: "jobs", changes: [change("a", 3), change("b", 1)] });
    batch.add({ kind: "jobs", changes: [change("a", 2)] });
    batch.add({ kind: "events", jobId: "a", events: [event(1)] });
    batch.add({ kind: "events", jobId: "a", events: [event(2)] });
    const task = (no: number, progress: number) => ({ no, progress, message: null });
    batch.add({ kind: "progress", progress: { job_id: "a", tasks: [task(1, 0.1), task(2, 0.2)] } });
    batch.add({ kind: "progress", progress: { job_id: "a", tasks: [task(1, 0.5)] } });
    vi.advanceTimersByTime(100);
    expect(flushed).toHaveBeenCalledTimes(1);
    const { changes, events, progress } = flushed.mock.calls[0]?.[0] ?? {};
    expect([...changes.values()].map((each: JobChange) => [each.job_id, each.version])).toEqual([
      ["a", 3],
      ["b", 1],
    ]);
    expect(events.get("a").map(({ seq }: LiveEvent) => seq)).toEqual([1, 2]);
    expect(progress.get("a").tasks).toEqual([task(2, 0.2), task(1, 0.5)]);
  });

  it("keeps to ten a second under a flood", () => {
    const flushed = vi.fn();
    const batch = createBatch(100, flushed);
    for (let n = 0; n < 1000; n++) {
      batch.add({ kind: "events", jobId: "a", events: [event(n)] });
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(100);
    expect(flushed.mock.calls.length).toBeLessThanOrEqual(12);
    const seen = flushed.mock.calls.flatMap(([each]) => each.events.get("a"));
    expect(seen.map(({ seq }: LiveEvent) => seq)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  });
});

describe("the live stream", () => {
  it("is read by the names of its messages", () => {
    expect(newsOf("jobs", '{"changes":[]}')).toEqual({ kind: "jobs", changes: [] });
    expect(newsOf("events", '{"job_id":"a","events":[]}')).toEqual({ kind: "events", jobId: "a", events: [] });
    expect(newsOf("resync", '{"reason":"old"}')).toEqual({ kind: "resync", jobIds: null });
    expect(newsOf("tick", '{"at":"x"}')).toBeNull();
    expect(newsOf("from-the-future", "{")).toBeNull();
    expect(() => newsOf("jobs", "{")).toThrow(SyntaxError);
  });

  it("is asked for what all tabs want, in one order", () => {
    expect(
      union([
        { all: false, jobs: ["b", "a"] },
        { all: true, jobs: ["a"] },
      ]),
    ).toEqual({ all: true, jobs: ["a", "b"] });
    expect(union([])).toEqual({ all: false, jobs: [] });
  });

  it("is stale when it is broken or silent", () => {
    const status = (state: "connecting" | "live" | "reconnecting" | "signed_out") => ({
      state,
      heardAtMs: 1_000,
      problem: null,
    });
    expect(isStale(status("live"), 5_000)).toBe(false);
    expect(isStale(status("live"), 15_000)).toBe(true);
    expect(isStale(status("reconnecting"), 1_000)).toBe(true);
    expect(isStale(status("signed_out"), 1_000)).toBe(true);
    expect(isStale(status("connecting"), 90_000)).toBe(false);
  });
});
