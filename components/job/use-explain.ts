"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { api } from "@/components/data/api";
import { readAgain } from "@/components/data/read-again";
import { useThrottled } from "@/components/job/use-throttled";
import type { ExplainAnswer } from "@/lib/api/explain";

/** The server reads the whole history for an explanation: a busy job is asked about at this pace. */
const AT_MOST_EVERY_MS = 3_000;
/** Workers come and go without an event of the job. */
const AT_LEAST_EVERY_MS = 15_000;

const explainKey = (id: string) => ["explain", id] as const;

/**
 * Why the job waits in `state` and what would end it; undefined while it is not known, or known of another state only.
 * `open` false: the job waits for nothing.
 */
export function useExplain(id: string, state: string, open: boolean): ExplainAnswer | undefined {
  const { data } = useQuery({
    queryKey: explainKey(id),
    queryFn: ({ signal }) => api.get<ExplainAnswer>(`/api/v1/jobs/${id}/explain`, { signal }),
    enabled: open,
    retry: false,
    refetchInterval: AT_LEAST_EVERY_MS,
  });
  return open && data?.state === state ? data : undefined;
}

/** Has it explained anew when the job's version grows. */
export function useFreshExplain(id: string, version: number): void {
  const client = useQueryClient();
  const again = useThrottled(
    useCallback(() => readAgain(client, explainKey(id)), [client, id]),
    AT_MOST_EVERY_MS,
  );
  useEffect(() => {
    if (version > 0) again();
  }, [version, again]);
}
