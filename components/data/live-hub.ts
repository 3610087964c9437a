import type { JobChange, LinkState, LiveEvent, LiveNews, LiveProgress } from "@/components/data/live-messages";
import { createLiveTabs, type LiveTabs } from "@/components/data/live-tabs";

/** At most ten repaints a second, however many events arrive. */
const FLUSH_MS = 100;

export interface JobListener {
  /** Events of the job in the order of their numbers; may overlap what is known already, so drop by `seq`. */
  onEvents(events: LiveEvent[]): void;
  onProgress?(progress: LiveProgress): void;
  /** Something may have been missed: read the job again. */
  onResync?(): void;
}

export interface JobsListener {
  /** Newest change per job since the last call. */
  onChanges(changes: JobChange[]): void;
  onResync?(): void;
}

export interface LiveStatus {
  state: LinkState;
  /** Browser time in ms at which the server was last heard; null before the first time. */
  heardAtMs: number | null;
  /** Why it is broken, in the browser's or the server's words. */
  problem: string | null;
}

/** The live side of one tab: who listens to what, news in batches, and how fresh it all is. */
export interface LiveHub {
  listenToJob(jobId: string, listener: JobListener): () => void;
  listenToJobs(listener: JobsListener): () => void;
  subscribeStatus(listener: () => void): () => void;
  status(): LiveStatus;
}

export function createLiveHub(): LiveHub {
  const jobListeners = new Map<string, Set<JobListener>>();
  const listListeners = new Set<JobsListener>();
  const statusListeners = new Set<() => void>();
  let status: LiveStatus = { state: "connecting", heardAtMs: null, problem: null };
  let tabs: LiveTabs | null = null;
  let wishing = false;
  const pending = createBatch(FLUSH_MS, deliver);

  function deliver({ events, changes, progress }: Batch) {
    for (const [jobId, list] of events) for (const listener of jobListeners.get(jobId) ?? []) listener.onEvents(list);
    for (const each of progress.values())
      for (const listener of jobListeners.get(each.job_id) ?? []) listener.onProgress?.(each);
    if (changes.size > 0) for (const listener of listListeners) listener.onChanges([...changes.values()]);
  }

  function resync(jobIds: string[] | null) {
    for (const [jobId, listeners] of jobListeners) {
      if (jobIds === null || jobIds.includes(jobId)) for (const listener of listeners) listener.onResync?.();
    }
    if (jobIds === null) for (const listener of listListeners) listener.onResync?.();
  }

  function onNews(news: LiveNews) {
    if (news.kind === "state") {
      status = { state: news.state, heardAtMs: news.heardAtMs, problem: news.problem };
      for (const listener of statusListeners) listener();
    } else if (news.kind === "resync") {
      resync(news.jobIds);
    } else {
      pending.add(news);
    }
  }

  const hurry = () => {
    if (!document.hidden) tabs?.hurry();
  };

  // Mounting a page adds several listeners in a row: the stream is asked once, after them all.
  function wishSoon() {
    if (wishing) return;
    wishing = true;
    queueMicrotask(() => {
      wishing = false;
      if (!tabs) {
        tabs = createLiveTabs(onNews);
        window.addEventListener("online", hurry);
        document.addEventListener("visibilitychange", hurry);
        window.addEventListener("pagehide", leave);
      }
      tabs.want({ all: listListeners.size > 0, jobs: [...jobListeners.keys()].sort() });
    });
  }

  function leave() {
    tabs?.close();
    tabs = null;
    window.addEventListener("pageshow", (event) => event.persisted && wishSoon(), { once: true });
  }

  return {
    listenToJob(jobId, listener) {
      const listeners = jobListeners.get(jobId) ?? new Set();
      jobListeners.set(jobId, listeners.add(listener));
      wishSoon();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) jobListeners.delete(jobId);
        wishSoon();
      };
    },
    listenToJobs(listener) {
      listListeners.add(listener);
      wishSoon();
      return () => {
        listListeners.delete(listener);
        wishSoon();
      };
    },
    subscribeStatus(listener) {
      statusListeners.add(listener);
      return () => statusListeners.delete(listener);
    },
    status: () => status,
  };
}

interface Batch {
  events: Map<string, LiveEvent[]>;
  changes: Map<string, JobChange>;
  progress: Map<string, LiveProgress>;
}

type Batched = Extract<LiveNews, { kind: "events" | "jobs" | "progress" }>;

/** Gathers news and hands it on once per `everyMs`: events all of them, changes and progress only the newest. */
export function createBatch(everyMs: number, flush: (batch: Batch) => void): { add(news: Batched): void } {
  let batch = emptyBatch();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let flushedAtMs = 0;

  function flushNow() {
    timer = undefined;
    flushedAtMs = Date.now();
    const full = batch;
    batch = emptyBatch();
    flush(full);
  }

  return {
    add(news) {
      if (news.kind === "events") {
        const list = batch.events.get(news.jobId);
        if (list) list.push(...news.events);
        else batch.events.set(news.jobId, [...news.events]);
      } else if (news.kind === "jobs") {
        for (const change of news.changes) {
          const known = batch.changes.get(change.job_id);
          if (!known || known.version <= change.version) batch.changes.set(change.job_id, change);
        }
      } else {
        const { job_id, tasks } = news.progress;
        const known = batch.progress.get(job_id)?.tasks ?? [];
        const fresh = new Set(tasks.map((task) => task.no));
        batch.progress.set(job_id, { job_id, tasks: [...known.filter((task) => !fresh.has(task.no)), ...tasks] });
      }
      if (timer === undefined) timer = setTimeout(flushNow, Math.max(0, everyMs - (Date.now() - flushedAtMs)));
    },
  };
}

function emptyBatch(): Batch {
  return { events: new Map(), changes: new Map(), progress: new Map() };
}
