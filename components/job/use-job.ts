"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { api } from "@/components/data/api";
import { useLiveJob } from "@/components/data/live";
import { readAgain } from "@/components/data/read-again";
import { createHistoryStore, type HistoryStore, type JobHistory } from "@/components/job/history-store";
import { useThrottled } from "@/components/job/use-throttled";
import type { JobGraph } from "@/lib/api/blueprint";
import type { JobDetail, JobTask } from "@/lib/api/job";
import type { LiveProgress } from "@/lib/api/live";
import type { HistoryEvent } from "@/lib/job-event";

/** The most that one answer of the history holds. */
const HISTORY_PAGE = 10_000;
/** The small request is asked again at most this often while events arrive. */
const DETAIL_EVERY_MS = 600;

export const jobKey = (id: string) => ["job", id] as const;

/** The one small request that the first paint needs. */
export function useJobDetail(id: string) {
  return useQuery({
    queryKey: jobKey(id),
    queryFn: ({ signal }) => api.get<JobDetail>(`/api/v1/jobs/${id}`, { signal }),
  });
}

/** The drawing of the job's pinned blueprint: the same for every job of that version, so it is kept by its hash. */
export function useJobGraph(id: string, hash: string) {
  return useQuery({
    queryKey: ["graph", hash],
    queryFn: ({ signal }) => api.get<JobGraph>(`/api/v1/jobs/${id}/graph`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30 * 60_000,
  });
}

export interface LiveJobHistory extends JobHistory {
  /** Reads the job and its history again. */
  refresh: () => Promise<void>;
  /** Last progress of running tasks by their number. */
  progress: ReadonlyMap<number, TaskProgress>;
}

export interface TaskProgress {
  share: number | null;
  message: string | null;
}

/** The job's history, kept up to date by the live stream; the small request follows it at a slower pace. */
export function useJobHistory(id: string): LiveJobHistory {
  const client = useQueryClient();
  const store = useHistoryStore(id);
  const history = useSyncExternalStore(store.subscribe, store.get, store.get);
  const { progress, onProgress, readProgress } = useProgress(id);
  const refreshDetail = useThrottled(
    useCallback(() => readAgain(client, jobKey(id)), [client, id]),
    DETAIL_EVERY_MS,
  );

  useLiveJob(
    id,
    (events) => {
      store.take(events as HistoryEvent[]);
      refreshDetail();
    },
    {
      onProgress,
      onResync: () => {
        void store.refresh();
        readProgress();
        refreshDetail();
      },
    },
  );

  const refresh = useCallback(async () => {
    await Promise.all([store.refresh(), client.refetchQueries({ queryKey: jobKey(id) })]);
  }, [store, client, id]);
  return useMemo(() => ({ ...history, progress, refresh }), [history, progress, refresh]);
}

function useHistoryStore(id: string): HistoryStore {
  const store = useMemo(
    () =>
      createHistoryStore({
        pageSize: HISTORY_PAGE,
        fetchAfter: (after, signal) =>
          api.get<HistoryEvent[]>(`/api/v1/jobs/${id}/history`, {
            query: { after_seq: after, limit: HISTORY_PAGE },
            signal,
          }),
      }),
    [id],
  );
  useEffect(() => {
    void store.refresh();
    return () => store.close();
  }, [store]);
  return store;
}

function useProgress(id: string) {
  const [progress, setProgress] = useState<ReadonlyMap<number, TaskProgress>>(new Map());
  const add = useCallback((tasks: { no: number; progress: number | null; message: string | null }[]) => {
    if (tasks.length === 0) return;
    setProgress((known) => {
      const next = new Map(known);
      for (const { no, progress: share, message } of tasks) next.set(no, { share, message });
      return next;
    });
  }, []);
  const readProgress = useCallback(() => {
    // Without it the bars are empty until the next report; that is no reason to show an error.
    api.get<JobTask[]>(`/api/v1/jobs/${id}/tasks`).then(
      (tasks) => add(tasks.map((task) => ({ no: task.no, progress: task.progress, message: task.progress_message }))),
      () => undefined,
    );
  }, [id, add]);
  const onProgress = useCallback((news: LiveProgress) => add(news.tasks), [add]);
  return { progress, onProgress, readProgress };
}
