"use client";
import { useQuery } from "@tanstack/react-query";
import { api } from "@/components/data/api";
import { jobKey } from "@/components/job/use-job";
import type { ExplainAnswer } from "@/lib/api/explain";

/**
 * Why the job waits and what would end it. Its key lies below the job's, so that it is read again with it when live
 * events arrive; while it is asked for the first time, or when it cannot be told, it is undefined.
 */
export function useExplain(id: string, open: boolean): ExplainAnswer | undefined {
  const { data } = useQuery({
    queryKey: [...jobKey(id), "explain"],
    queryFn: ({ signal }) => api.get<ExplainAnswer>(`/api/v1/jobs/${id}/explain`, { signal }),
    enabled: open,
    retry: false,
  });
  return open ? data : undefined;
}
