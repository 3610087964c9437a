import type { z } from "zod";
import type { environment } from "./environment";

export interface WorkerProcessConfig {
  id: string;
  httpHost: string;
  /** 0: any free port. */
  httpPort: number;
  /** False: it works without probes when its port is taken. */
  httpRequired: boolean;
  /** Task types that it serves, or patterns with `*`; null: all that it has functions for. */
  queues: string[] | null;
  slots: number;
  /** Resident memory above which tasks are ended: of the worker with its threads, and of each process. Null: no limit. */
  maxRssMb: number | null;
  shutdownMs: number;
  /** How long a start waits for a database and a Redis that do not answer yet. */
  startDeadlineMs: number;
}

export function workerProcessOf(env: z.output<typeof environment>, instanceId: string): WorkerProcessConfig {
  return {
    id: env.WORKER_ID ?? instanceId.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 128),
    httpHost: env.WORKER_HTTP_HOST,
    httpPort: env.WORKER_HTTP_PORT,
    httpRequired: env.WORKER_HTTP_REQUIRED,
    queues: env.WORKER_QUEUES ?? null,
    slots: env.MAX_CONCURRENT_TASKS,
    maxRssMb: env.WORKER_MAX_RSS_MB ?? null,
    shutdownMs: env.WORKER_SHUTDOWN_TIMEOUT * 1000,
    startDeadlineMs: env.WORKER_START_DEADLINE_SECONDS * 1000,
  };
}
