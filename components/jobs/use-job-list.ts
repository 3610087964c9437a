"use client";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, type Page } from "@/components/data/api";
import { useLiveJobs } from "@/components/data/live";
import { type JobListFilter, jobQueryOf, jobSearchOf, PAGE_ROWS } from "@/components/jobs/job-filter";
import { countNewer, type RowNews, withNews } from "@/components/jobs/job-rows";
import type { JobRow } from "@/lib/api/job";

const READ_AGAIN_MS = 1_500;

/** A page of jobs that stays as it was first shown, its rows kept up to date in place. */
export interface JobList {
  rows: JobRow[] | undefined;
  nextCursor: string | null;
  error: unknown;
  loading: boolean;
  /** Jobs above the first row that aren't shown yet; `more` when there may be further ones. */
  newer: { count: number; more: boolean };
  /** Reads the page anew and shows what comes. */
  reload: () => void;
}

export function useJobList(filter: JobListFilter): JobList {
  const key = ["jobs", jobSearchOf(filter).toString()];
  const shown = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => fetchJobs(filter, PAGE_ROWS, signal),
    // Only the person's own wish changes which rows are there.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const later = useQuery({
    queryKey: [...key, "later"],
    queryFn: ({ signal }) => fetchJobs(filter, filter.cursor ? PAGE_ROWS : 2 * PAGE_ROWS, signal),
    enabled: false,
    gcTime: 0,
  });
  const [changes, setChanges] = useState<RowNews["changes"]>(new Map());
  const shownRows = shown.data?.rows;
  const readAgain = useThrottled(() => void later.refetch(), READ_AGAIN_MS);

  useLiveJobs(
    (heard) => {
      const ids = new Set(shownRows?.map((row) => row.job_id));
      const first = shownRows?.[0]?.job_id ?? "";
      const known = heard.filter((change) => ids.has(change.job_id));
      if (known.length > 0) setChanges((all) => remember(all, known, ids));
      if (known.length > 0 || (!filter.cursor && heard.some((change) => change.job_id > first))) readAgain();
    },
    { onResync: readAgain },
  );

  const read = later.data?.rows;
  const rows = useMemo(
    () => shownRows && withNews(shownRows, { read: read ?? [], changes }),
    [shownRows, read, changes],
  );
  const newer = !filter.cursor && shownRows && read ? countNewer(shownRows, read) : 0;
  return {
    rows,
    nextCursor: shown.data?.nextCursor ?? null,
    error: shown.error,
    loading: shown.isPending,
    newer: { count: newer, more: newer > PAGE_ROWS },
    reload: () => void shown.refetch(),
  };
}

function fetchJobs(filter: JobListFilter, limit: number, signal: AbortSignal): Promise<Page<JobRow>> {
  return api.page<JobRow>("/api/v1/jobs", { query: { ...jobQueryOf(filter, Date.now()), limit }, signal });
}

function remember(
  all: RowNews["changes"],
  heard: Parameters<Parameters<typeof useLiveJobs>[0]>[0],
  shownIds: ReadonlySet<string>,
): RowNews["changes"] {
  const next = new Map([...all].filter(([id]) => shownIds.has(id)));
  for (const change of heard) next.set(change.job_id, { change, atMs: Date.now() });
  return next;
}

/** Runs at once, then at most once per `pauseMs`, the last call never lost. */
function useThrottled(run: () => void, pauseMs: number): () => void {
  const latest = useRef(run);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const again = useRef(false);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    if (timer.current !== undefined) {
      again.current = true;
      return;
    }
    const turn = () => {
      again.current = false;
      latest.current();
      timer.current = setTimeout(() => {
        timer.current = undefined;
        if (again.current) turn();
      }, pauseMs);
    };
    turn();
  }, [pauseMs]);
}
