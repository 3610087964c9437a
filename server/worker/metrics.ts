import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { boundedLabel } from "@/server/metrics/bounded-label";
import { addNodeMetrics } from "@/server/metrics/node-metrics";
import { addDependencies, addDraining, addInfo } from "@/server/metrics/process-metrics";
import type { WorkerHealth } from "./health";

/** An attempt that ended, as the figures see it. */
export interface EndedAttempt {
  type: string;
  /** The outcome word that was reported. */
  outcome: string;
  /** The code of its error; absent: it has none. */
  code?: string;
  ms: number;
}

export interface WorkerMetrics {
  registry: Registry;
  /** Counts an attempt that ended. Never throws: a figure that cannot be kept must not cost a task its result. */
  ended(attempt: EndedAttempt): void;
  /** A task was delivered so many milliseconds after the engine had handed it out. Never throws. */
  delivered(type: string, waitedMs: number): void;
  reports: Counter;
  abandoned: Counter<"type">;
  sessionsLost: Counter;
}

/** What the process knows besides its worker's health. */
export interface ProcessFacts {
  version: string;
  hostname: string;
  /** Whether each server that it needs answered last; without those that it does not use. */
  dependencies: () => Record<string, boolean>;
  /** Epoch milliseconds of the last heartbeat that was taken; null before the first. */
  heartbeatAt: () => number | null;
  /** Told of figures that could not be kept. */
  onFault: (error: unknown) => void;
}

const SECONDS = [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** The worker's own registry; `health` gives the gauges their values when they are read. */
export function createWorkerMetrics(health: () => WorkerHealth | null, facts?: ProcessFacts): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  addHealthGauges(registry, health);
  if (facts) addProcessGauges(registry, facts);
  addNodeMetrics(registry);
  const labelOf = boundedLabel(registry, "task");
  const guarded = (count: () => void) => {
    try {
      count();
    } catch (error) {
      facts?.onFault(error);
    }
  };
  const tasks = taskMetrics(registers);
  return {
    registry,
    ended: (attempt) => guarded(() => countEnded(tasks, { ...attempt, type: labelOf(attempt.type) })),
    delivered: (type, waitedMs) =>
      guarded(() => tasks.queueWait.observe({ queue: labelOf(type) }, Math.max(0, waitedMs) / 1_000)),
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

function addHealthGauges(registry: Registry, health: () => WorkerHealth | null): void {
  const gauge = (name: string, help: string, read: (now: WorkerHealth) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const now = health();
        this.set(now ? read(now) : 0);
      },
    });
  gauge("batuta_worker_running_tasks", "Attempts that run now", (now) => now.running);
  gauge("batuta_worker_waiting_tasks", "Deliveries in hand that have not started", (now) => now.waiting);
  gauge("batuta_worker_unreported", "Reports that are not in the queue yet", (now) => now.unreported);
  gauge("batuta_worker_ready", "1 while the worker takes tasks", (now) => (now.ready ? 1 : 0));
  addDraining(registry, () => health()?.draining ?? false);
}

function addProcessGauges(registry: Registry, facts: ProcessFacts): void {
  const registers = [registry];
  addInfo(registry, "batuta_worker_info", facts);
  addDependencies(registry, facts.dependencies);
  new Gauge({
    name: "batuta_worker_heartbeat_timestamp_seconds",
    help: "When the last heartbeat was taken, seconds since 1970; 0 before the first",
    registers,
    collect() {
      this.set((facts.heartbeatAt() ?? 0) / 1_000);
    },
  });
}

function taskMetrics(registers: Registry[]) {
  return {
    attempts: new Counter({
      name: "batuta_worker_attempts_total",
      help: "Attempts that ended, by task type and result (success, error, other)",
      labelNames: ["type", "result"],
      registers,
    }),
    tasks: new Counter({
      name: "batuta_tasks_total",
      help: "Attempts that ended, by task and outcome (success, error, timeout, cancelled, invalid, other)",
      labelNames: ["task", "outcome"],
      registers,
    }),
    taskSeconds: new Histogram({
      name: "batuta_task_duration_seconds",
      help: "How long attempts ran, by task and outcome",
      labelNames: ["task", "outcome"],
      buckets: SECONDS,
      registers,
    }),
    queueWait: new Histogram({
      name: "batuta_task_queue_wait_seconds",
      help: "From the hand-out by the engine to the delivery here, by the clocks of both",
      labelNames: ["queue"],
      buckets: SECONDS,
      registers,
    }),
  };
}

function countEnded(metrics: ReturnType<typeof taskMetrics>, { type, outcome, code, ms }: EndedAttempt): void {
  metrics.attempts.inc({ type, result: code ? "error" : outcome === "success" ? "success" : "other" });
  const labels = { task: type, outcome: outcomeLabel(outcome, code) };
  metrics.tasks.inc(labels);
  metrics.taskSeconds.observe(labels, ms / 1_000);
}

function outcomeLabel(outcome: string, code: string | undefined): string {
  if (code === "TIMEOUT_ERROR") return "timeout";
  if (code === "INVALID_INPUT_ERROR") return "invalid";
  if (code !== undefined) return "error";
  return outcome === "success" || outcome === "cancelled" ? outcome : "other";
}
