/** What the probes and gauges of a worker show. */
export interface WorkerHealth {
  ready: boolean;
  draining: boolean;
  checks: Record<string, string>;
  sessionId: string | null;
  running: number;
  waiting: number;
  unreported: number;
}
