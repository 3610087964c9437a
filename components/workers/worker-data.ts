import { queryOptions } from "@tanstack/react-query";
import { api } from "@/components/data/api";
import { readAgainEvery } from "@/components/data/read-again";
import type { WorkerDetail, WorkerRecord, WorkerTask } from "@/lib/api/worker";

export const WORKERS_KEY = ["workers"] as const;
/** Signs of life come without any job changing. */
const REFRESH_MS = 5_000;

export const workersQuery = queryOptions({
  queryKey: WORKERS_KEY,
  queryFn: ({ signal }) => api.get<WorkerRecord[]>("/api/v1/workers", { signal }),
  refetchInterval: readAgainEvery(REFRESH_MS),
});

/** One worker with its slots. */
export const workerQuery = (id: string) =>
  queryOptions({
    queryKey: [...WORKERS_KEY, id, "detail"],
    queryFn: ({ signal }) => api.get<WorkerDetail>(`/api/v1/workers/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: readAgainEvery(REFRESH_MS),
  });

/** What a worker holds. */
export const workerTasksQuery = (id: string) =>
  queryOptions({
    queryKey: [...WORKERS_KEY, id, "tasks"],
    queryFn: ({ signal }) => api.get<WorkerTask[]>(`/api/v1/workers/${encodeURIComponent(id)}/tasks`, { signal }),
    refetchInterval: readAgainEvery(REFRESH_MS),
  });

/** The page of one worker. */
export function workerPath(id: string): string {
  return `/workers/${encodeURIComponent(id)}`;
}
