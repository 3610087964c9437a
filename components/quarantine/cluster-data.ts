import { keepPreviousData } from "@tanstack/react-query";
import { api, type Page } from "@/components/data/api";
import type { JobDetail, JobRow } from "@/lib/api/job";
import type { QuarantineCluster } from "@/lib/api/quarantine";

export const CLUSTERS_KEY = ["quarantine"] as const;
const MOST_CLUSTERS = 200;
const JOBS_PAGE = 50;

/** Quarantined jobs by what put them there. */
export function clustersQuery(blueprint: string | null) {
  return {
    queryKey: [...CLUSTERS_KEY, "clusters", blueprint] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.get<QuarantineCluster[]>("/api/v1/quarantine/clusters", {
        query: { blueprint, limit: MOST_CLUSTERS },
        signal,
      }),
  };
}

/** A page of one cluster's jobs, the newest first. */
export function clusterJobsQuery(fingerprint: string, cursor: string | null) {
  return {
    queryKey: [...CLUSTERS_KEY, "jobs", fingerprint, cursor] as const,
    queryFn: ({ signal }: { signal: AbortSignal }): Promise<Page<JobRow>> =>
      api.page<JobRow>(`/api/v1/quarantine/clusters/${fingerprint}/jobs`, {
        query: { limit: JOBS_PAGE, cursor },
        signal,
      }),
    placeholderData: keepPreviousData,
  };
}

/** The data of one job of a cluster, as an example of them all. */
export type ExampleJob = Pick<JobDetail, "job_id" | "input" | "error" | "blueprint_version">;

export function exampleQuery(id: string) {
  return {
    queryKey: [...CLUSTERS_KEY, "example", id] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.get<ExampleJob>(`/api/v1/jobs/${id}`, { query: { fields: "job_id,input,error,blueprint_version" }, signal }),
    retry: false,
  };
}
