import { describe, expect, it, vi } from "vitest";
import { createHistoryStore } from "@/components/job/history-store";
import type { HistoryEvent } from "@/lib/job-event";

/** The history of a job that goes through `count - 2` states. */
function history(count: number): HistoryEvent[] {
  return Array.from({ length: count }, (_, index): HistoryEvent => {
    const seq = index + 1;
    const timestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString();
    return seq === 1
      ? { seq, event_type: "job_created", timestamp, state: "s2", data: { starter: { kind: "client", id: "1" } } }
      : { seq, event_type: "state_entered", timestamp, state: `s${seq}`, data: { state: `s${seq}` } };
  });
}

function storeOf(all: HistoryEvent[], options: { known?: () => number; pageSize?: number } = {}) {
  const { known = () => all.length, pageSize = 10_000 } = options;
  const fetchAfter = vi.fn((after: number) => Promise.resolve(all.slice(after, Math.min(known(), after + pageSize))));
  const store = createHistoryStore({ fetchAfter, pageSize, gapWaitMs: 1 });
  const seqs = () => store.get().events.map(({ seq }) => seq);
  return { store, fetchAfter, seqs };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("the history of a job on its page", () => {
  it("is read in pages until there are no more", async () => {
    const { store, fetchAfter, seqs } = storeOf(history(25), { pageSize: 10 });
    expect(store.get().loaded).toBe(false);
    await store.refresh();
    expect(fetchAfter.mock.calls.map(([after]) => after)).toEqual([0, 10, 20]);
    expect(seqs()).toEqual(numbers(25));
    expect(store.get().view.steps).toHaveLength(24);
    expect(store.get().loaded).toBe(true);
  });

  it("takes what the stream sends, in whatever overlap, each event once", async () => {
    const all = history(9);
    const { store, seqs } = storeOf(all, { known: () => 4 });
    await store.refresh();
    store.take(all.slice(2, 6));
    store.take(all.slice(4, 6));
    store.take([...all.slice(6, 9)].reverse());
    expect(seqs()).toEqual(numbers(9));
    expect(store.get().view.version).toBe(9);
  });

  it("fills a gap by reading what lies between", async () => {
    const all = history(12);
    let known = 4;
    const { store, fetchAfter, seqs } = storeOf(all, { known: () => known });
    await store.refresh();
    known = 12;
    store.take(all.slice(8, 10));
    expect(seqs()).toEqual(numbers(4));
    await vi.waitFor(() => expect(seqs()).toEqual(numbers(12)));
    expect(fetchAfter.mock.calls.map(([after]) => after)).toEqual([0, 4]);
  });

  it("keeps events of the stream that come before the first answer", async () => {
    const all = history(6);
    const { store, seqs } = storeOf(all, { known: () => 4 });
    const reading = store.refresh();
    store.take(all.slice(4, 6));
    await reading;
    expect(seqs()).toEqual(numbers(6));
  });

  it("says why reading failed, keeps what it has, and goes on when it is asked again", async () => {
    const all = history(5);
    const fetchAfter = vi.fn().mockRejectedValueOnce(new Error("no network")).mockResolvedValue(all);
    const store = createHistoryStore({ fetchAfter, pageSize: 100 });
    await store.refresh();
    expect(store.get()).toMatchObject({ loaded: false, error: new Error("no network") });
    await store.refresh();
    expect(store.get()).toMatchObject({ loaded: true, error: null });
    expect(store.get().view.version).toBe(5);
  });

  it("stops when it is closed and goes on when it is opened again", async () => {
    const { store, seqs } = storeOf(history(5));
    const abandoned = store.refresh();
    store.close();
    await abandoned;
    expect(seqs()).toEqual([]);
    await store.refresh();
    expect(seqs()).toEqual(numbers(5));
  });

  it("tells its listeners, and shares the parts that did not change", async () => {
    const all = history(6);
    const { store } = storeOf(all, { known: () => 5 });
    await store.refresh();
    const before = store.get();
    const listener = vi.fn();
    const stop = store.subscribe(listener);
    store.take(all.slice(5));
    expect(listener).toHaveBeenCalledTimes(1);
    expect(store.get().view.steps[0]).toBe(before.view.steps[0]);
    store.take(all.slice(5));
    expect(listener).toHaveBeenCalledTimes(1);
    stop();
  });
});
