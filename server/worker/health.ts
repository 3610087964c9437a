/** What the probes and gauges of a worker show. */
export interface WorkerHealth {
  ready: boolean;
  draining: boolean;
  /** Why it can run no tasks, or none of some isolation; null while it can. */
  blocked: string | null;
  /** Why only a new process helps; null while this one is good enough. */
  overrun: string | null;
  checks: Record<string, string>;
  sessionId: string | null;
  running: number;
  waiting: number;
  unreported: number;
}
