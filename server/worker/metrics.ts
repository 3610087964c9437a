import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { WorkerHealth } from "./health";

export interface WorkerMetrics {
  registry: Registry;
  attempts: Counter<"type" | "result">;
  attemptSeconds: Histogram<"type">;
  reports: Counter;
  abandoned: Counter<"type">;
  sessionsLost: Counter;
}

/** The worker's own registry; `health` gives the gauges their values when they are read. */
export function createWorkerMetrics(health: () => WorkerHealth | null): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: (now: WorkerHealth) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const now = health();
        this.set(now ? read(now) : 0);
      },
    });
  gauge("batuta_worker_running_tasks", "Attempts that run now", (now) => now.running);
  gauge("batuta_worker_waiting_tasks", "Deliveries in hand that have not started", (now) => now.waiting);
  gauge("batuta_worker_unreported", "Reports that are not in the queue yet", (now) => now.unreported);
  gauge("batuta_worker_ready", "1 while the worker takes tasks", (now) => (now.ready ? 1 : 0));
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    attempts: new Counter({
      name: "batuta_worker_attempts_total",
      help: "Attempts that ended, by task type and result (success, error, other)",
      labelNames: ["type", "result"],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: "batuta_worker_attempt_seconds",
      help: "How long attempts ran",
      labelNames: ["type"],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300],
      registers,
    }),
    reports: new Counter({
      name: "batuta_worker_reports_total",
      help: "Starts and results that were put into the queue",
      registers,
    }),
    abandoned: new Counter({
      name: "batuta_worker_abandoned_total",
      help: "Attempts whose code went on after it was told to stop",
      labelNames: ["type"],
      registers,
    }),
    sessionsLost: new Counter({
      name: "batuta_worker_sessions_lost_total",
      help: "Sessions that were declared dead while this process lived",
      registers,
    }),
  };
}
