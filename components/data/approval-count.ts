"use client";
import { useQuery } from "@tanstack/react-query";
import { api } from "@/components/data/api";
import type { Overview } from "@/lib/api/overview";

const EVERY_MS = 15_000;

/** The overview of the API; the sidebar's badge and the overview page share one answer under this key. */
export const OVERVIEW_KEY = ["overview"] as const;

export function fetchOverview({ signal }: { signal: AbortSignal }): Promise<Overview> {
  return api.get<Overview>("/api/v1/overview", { signal });
}

/** What waits for a person: approvals that this one may decide, jobs in quarantine. */
export interface WaitingCounts {
  approvals: number;
  quarantine: number;
}

/** The counts of what waits; undefined until known. */
export function useWaitingCounts(): WaitingCounts | undefined {
  const { data } = useQuery({
    queryKey: OVERVIEW_KEY,
    queryFn: fetchOverview,
    select: countsOf,
    refetchInterval: EVERY_MS,
  });
  return data;
}

function countsOf({ approvals_due: due, quarantined }: Overview): WaitingCounts {
  return { approvals: due.mine, quarantine: quarantined.count };
}
