import { Counter, Histogram, type Registry } from "prom-client";
import type { JobEvent } from "@/lib/job-event";
import { isTerminal, type JobStatus } from "@/lib/job-status";
import { boundedLabel } from "./bounded-label";

/** A committed change of a job, as the figures see it. */
export interface CountedChange {
  jobId: string;
  blueprint: string;
  /** The job's status after it. */
  status: JobStatus;
  events: readonly JobEvent[];
  /** The open tasks before the change, by number, and after it. */
  tasksBefore: ReadonlyMap<number, { type: string }> | null;
  tasks: ReadonlyMap<number, { type: string }>;
}

export interface JobMetrics {
  /** Counts what a change says. Never throws: a figure that cannot be kept must not cost a commit what follows it. */
  note(change: CountedChange): void;
}

const JOB_SECONDS = [0.05, 0.2, 1, 5, 15, 60, 300, 1_800, 7_200, 43_200, 259_200];
const REASONS: Record<string, string> = {
  TIMEOUT_ERROR: "timeout",
  TRANSIENT_ERROR: "transient",
  INVALID_INPUT_ERROR: "invalid",
};

/** What becomes of jobs and tasks, counted by the engine that commits it: sums over all processes are right. */
export function createJobMetrics(registry: Registry, onFault: (error: unknown) => void): JobMetrics {
  const counts = countersOf(registry);
  const label = { blueprint: boundedLabel(registry, "blueprint"), queue: boundedLabel(registry, "queue") };
  return {
    note(change) {
      try {
        countEvents(change, counts, label);
      } catch (error) {
        onFault(error);
      }
    },
  };
}

type Labels = Record<"blueprint" | "queue", (value: string) => string>;

function countEvents(change: CountedChange, counts: ReturnType<typeof countersOf>, label: Labels): void {
  const queueOf = (n: number) => label.queue((change.tasks.get(n) ?? change.tasksBefore?.get(n))?.type ?? "unknown");
  let failed: { n: number; code: string } | null = null;
  let ended = false;
  for (const event of change.events) {
    switch (event.kind) {
      case "task_failed":
        failed = event.data;
        if (event.data.code === "WORKER_LOST") counts.leases.inc({ queue: queueOf(event.data.n) });
        break;
      case "task_retry_set": {
        const code = failed?.n === event.data.n ? failed.code : "";
        counts.retries.inc({ task: queueOf(event.data.n), reason: REASONS[code] ?? "error" });
        break;
      }
      case "task_redelivered":
        if (event.data.reason === "lost" || event.data.reason === "not_begun")
          counts.leases.inc({ queue: queueOf(event.data.n) });
        break;
      case "job_quarantined":
        counts.quarantined.inc({ blueprint: label.blueprint(change.blueprint) });
        if (event.data.n !== undefined) counts.deadLetters.inc({ queue: queueOf(event.data.n) });
        break;
      case "job_completed":
      case "job_failed":
      case "job_cancelled":
        ended = true;
    }
  }
  if (ended && isTerminal(change.status)) countEnd(change, counts, label);
}

function countEnd(
  { jobId, blueprint, status }: CountedChange,
  { jobs, jobSeconds }: ReturnType<typeof countersOf>,
  label: Labels,
): void {
  const name = label.blueprint(blueprint);
  jobs.inc({ blueprint: name, outcome: status });
  jobSeconds.observe({ blueprint: name }, Math.max(0, Date.now() - madeAt(jobId)) / 1_000);
}

/** A job's id begins with the milliseconds at which it was made (UUID version 7). */
function madeAt(jobId: string): number {
  return Number.parseInt(jobId.slice(0, 8) + jobId.slice(9, 13), 16);
}

function countersOf(registry: Registry) {
  const registers = [registry];
  return {
    jobs: new Counter({
      name: "batuta_jobs_total",
      help: "Jobs that ended, by blueprint and outcome (finished, failed, error, cancelled)",
      labelNames: ["blueprint", "outcome"],
      registers,
    }),
    jobSeconds: new Histogram({
      name: "batuta_job_duration_seconds",
      help: "From the start of a job to its end, waits for people and workers included",
      labelNames: ["blueprint"],
      buckets: JOB_SECONDS,
      registers,
    }),
    quarantined: new Counter({
      name: "batuta_jobs_quarantined_total",
      help: "How often jobs went to quarantine",
      labelNames: ["blueprint"],
      registers,
    }),
    deadLetters: new Counter({
      name: "batuta_deadletter_total",
      help: "Tasks that gave up and took their job to quarantine",
      labelNames: ["queue"],
      registers,
    }),
    retries: new Counter({
      name: "batuta_task_retries_total",
      help: "Attempts that failed and are followed by another, by why (timeout, transient, invalid, error)",
      labelNames: ["task", "reason"],
      registers,
    }),
    leases: new Counter({
      name: "batuta_lease_expired_total",
      help: "Deliveries that fell back to the queue because their worker was gone",
      labelNames: ["queue"],
      registers,
    }),
  };
}
