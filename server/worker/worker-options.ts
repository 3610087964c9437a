import type { JsonValue } from "@/lib/json";
import type { Log } from "@/server/log";
import type { WorkerQueue } from "@/server/queue/contract";
import type { SessionRows } from "@/server/workers/session";
import type { ProgressRow } from "@/server/workers/task-progress";
import type { WorkerMetrics } from "./metrics";
import type { TaskRuntime } from "./task-runtime";

/** What a worker is made of; a process fills it from its configuration (`main.ts`), a test from its own servers. */
export interface WorkerOptions {
  /** What people see; several workers may share a name. */
  name: string;
  hostname: string;
  version: string;
  /** Runs the tasks; only the types that it knows are taken. It is closed when the worker stops. */
  runtime: TaskRuntime;
  sessions: SessionRows;
  /** The queue of one session; its consumer name is the session's id. `onTrouble` is told of what the queue survived. */
  openQueue: (sessionId: string, onTrouble: (what: string, error: unknown) => void) => WorkerQueue;
  /** Calls back with sessions that the dispatcher gave tasks; absent: the worker looks now and then. */
  onPlaced?: (listener: (sessions: string[]) => void) => void;
  /** JSON value of a task's params; undefined when the task is gone. */
  taskParams: (jobId: string, no: number) => Promise<JsonValue | undefined>;
  saveProgress: (rows: ProgressRow[]) => Promise<void>;
  /** Attempts that run at once. */
  concurrency: number;
  /** Deliveries held beyond those. */
  prefetch: number;
  /** While tasks are short, up to so many are held; `prefetch` unless told. */
  mostPrefetch?: number;
  /** A session that is not renewed for this long is dead; the heartbeat comes three times as often. */
  leaseMs: number;
  /** A task still running after this long reports its start. */
  startReportMs: number;
  /** How long a stop waits for running tasks. */
  drainMs: number;
  /** Aborted: a stop waits no longer, what still runs is left to others. */
  hurry?: AbortSignal;
  log: Pick<Log, "info" | "warn">;
  metrics: WorkerMetrics;
}
