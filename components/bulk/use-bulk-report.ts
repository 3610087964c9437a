"use client";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/data/api";
import { useLiveJob } from "@/components/data/live";
import { readAgain, readAgainEvery } from "@/components/data/read-again";
import type { BulkOutcome, BulkReport } from "@/lib/api/bulk";
import type { JobDetail } from "@/lib/api/job";

const PAGE = 100;
const EVERY_MS = 2_000;

export interface ItemPage {
  outcome: BulkOutcome | null;
  cursor: string | null;
}

/** How far bulk work is, read again while it goes on: items are no events of the job, so time has to do. */
export function useBulkReport(id: string, page: ItemPage) {
  const client = useQueryClient();
  const again = () => readAgain(client, ["bulk", id]);
  useLiveJob(id, again, { onResync: again });
  return useQuery({
    queryKey: ["bulk", id, page],
    queryFn: ({ signal }) =>
      api.get<BulkReport>(`/api/v1/bulk/${id}`, {
        query: { outcome: page.outcome, cursor: page.cursor, limit: PAGE },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: readAgainEvery<BulkReport>(EVERY_MS, (report) => !isOver(report)),
  });
}

/** What the bulk job itself has to say: who started it, when, and the question that is open. */
export type BulkJob = Pick<JobDetail, "approval_id" | "starter" | "created_at" | "finished_at" | "display_status">;

export function useBulkJob(id: string) {
  return useQuery({
    queryKey: ["bulk", id, "job"],
    queryFn: ({ signal }) =>
      api.get<BulkJob>(`/api/v1/jobs/${id}`, {
        query: { fields: "approval_id,starter,created_at,finished_at,display_status" },
        signal,
      }),
  });
}

export function isOver({ phase }: Pick<BulkReport, "phase">): boolean {
  return phase === "done" || phase === "stopped";
}
