"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/data/api";
import { useLiveJob } from "@/components/data/live";
import { readAgain } from "@/components/data/read-again";
import type { JobDetail } from "@/lib/api/job";

/** How another job stands, in a few words. */
export type JobGlance = Pick<JobDetail, "job_id" | "display_status" | "state" | "blueprint_name" | "error">;

const FIELDS = "job_id,display_status,state,blueprint_name,error";

/** Another job at a glance, kept up to date by the live stream. */
export function useJobGlance(id: string) {
  const client = useQueryClient();
  const queryKey = ["glance", id];
  const again = () => readAgain(client, queryKey);
  useLiveJob(id, again, { onResync: again });
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => api.get<JobGlance>(`/api/v1/jobs/${id}`, { query: { fields: FIELDS }, signal }),
  });
}
