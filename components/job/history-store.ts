import { applyEvents, hasGap } from "@/lib/apply-event";
import type { HistoryEvent } from "@/lib/job-event";
import { emptyJobView, type JobView } from "@/lib/job-view";

/** A job's history as this page knows it: the events in order without gap, and the view that they give. */
export interface JobHistory {
  view: JobView;
  events: readonly HistoryEvent[];
  /** False until the first read is through. */
  loaded: boolean;
  /** Why the last read failed, until one works. */
  error: unknown;
}

export interface HistoryStoreOptions {
  /** Events after `afterSeq`, oldest first; fewer than `pageSize` when there are no more. */
  fetchAfter: (afterSeq: number, signal: AbortSignal) => Promise<HistoryEvent[]>;
  pageSize: number;
  /** How long a gap may stay: late events of the stream often close it. */
  gapWaitMs?: number;
}

export interface HistoryStore {
  get(): JobHistory;
  subscribe(listener: () => void): () => void;
  /** Events from the live stream; ones that are known are ignored, a gap is filled by reading. */
  take(events: readonly HistoryEvent[]): void;
  /** Reads what is missing after the last known event. */
  refresh(): Promise<void>;
  /** Stops reading; what is known stays, and `refresh` goes on from there. */
  close(): void;
}

const GAP_WAIT_MS = 250;
const NOTHING: JobHistory = { view: emptyJobView(), events: [], loaded: false, error: null };

/** Keeps one job's history: pages of the API first, then the stream, each event once and in order. */
export function createHistoryStore(options: HistoryStoreOptions): HistoryStore {
  const { fetchAfter, pageSize, gapWaitMs = GAP_WAIT_MS } = options;
  const listeners = new Set<() => void>();
  let state = NOTHING;
  /** Came before what they follow on. */
  let early: HistoryEvent[] = [];
  let reading: { done: Promise<void>; stop: AbortController } | null = null;
  let gapTimer: ReturnType<typeof setTimeout> | undefined;

  function set(change: Partial<JobHistory>) {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  /** Applies what follows on; returns what cannot be applied yet. */
  function apply(incoming: readonly HistoryEvent[]): HistoryEvent[] {
    const fresh = incoming.filter((event) => event.seq > state.view.version);
    if (fresh.length === 0) return [];
    fresh.sort((a, b) => a.seq - b.seq);
    if (hasGap(state.view, fresh)) return fresh;
    const view = applyEvents(state.view, fresh);
    const applied = fresh.filter((event, index) => event.seq <= view.version && event.seq !== fresh[index - 1]?.seq);
    set({ view, events: [...state.events, ...applied] });
    return fresh.filter((event) => event.seq > view.version);
  }

  async function readOn(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const page = await fetchAfter(state.view.version, signal);
        if (signal.aborted) return;
        const left = apply(page);
        if (page.length < pageSize || left.length > 0) break;
      }
      early = apply(early);
      set({ loaded: true, error: null });
    } catch (error) {
      if (!signal.aborted) set({ error });
    }
  }

  function refresh(): Promise<void> {
    clearTimeout(gapTimer);
    gapTimer = undefined;
    if (reading) return reading.done;
    const stop = new AbortController();
    const done = readOn(stop.signal).finally(() => {
      if (reading?.stop !== stop) return;
      reading = null;
      if (early.length > 0) waitForGap();
    });
    reading = { done, stop };
    return done;
  }

  function waitForGap() {
    gapTimer ??= setTimeout(() => void refresh(), gapWaitMs);
  }

  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    take(events) {
      early = apply([...early, ...events]);
      if (early.length > 0 && !reading) waitForGap();
    },
    refresh,
    close() {
      clearTimeout(gapTimer);
      gapTimer = undefined;
      reading?.stop.abort();
      reading = null;
    },
  };
}
