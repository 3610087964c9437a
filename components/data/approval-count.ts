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

/** How many approvals this person may decide now; undefined until known. */
export function useApprovalCount(): number | undefined {
  const { data } = useQuery({
    queryKey: OVERVIEW_KEY,
    queryFn: fetchOverview,
    select: (overview: Overview) => overview.approvals_due.mine,
    refetchInterval: EVERY_MS,
  });
  return data;
}
