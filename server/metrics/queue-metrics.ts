import { Gauge, type Registry } from "prom-client";
import { CachedReading } from "./cached-reading";
import { foldedFigures, type QueueFigures, type ShownFigures, TASK_STATES } from "./queue-figures";

const KEEP_MS = 10_000;
const WAIT_MS = 3_000;

/**
 * Gauges of what all processes share. `read` gives null wherever another process shows them: so each stands in the
 * figures of one process, and a sum over all is right. Read from the database when somebody asks, at most every 10 s;
 * while it does not answer there are none.
 */
export function addQueueMetrics(
  registry: Registry,
  options: { read: () => Promise<QueueFigures | null>; onFault: (error: unknown) => void },
): void {
  const fold = foldedFigures(registry);
  const ask = async () => {
    const figures = await options.read();
    return figures && fold(figures);
  };
  const reading = new CachedReading(ask, { keepMs: KEEP_MS, waitMs: WAIT_MS, onFault: options.onFault });
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    show: (figures: ShownFigures, its: Gauge<Label>) => void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const figures = await reading.read();
        this.reset();
        if (figures) show(figures, this);
      },
    });
  addQueueGauges(gauge);
  addJobGauges(gauge);
}

type MakeGauge = <Label extends string>(
  name: string,
  help: string,
  labelNames: Label[],
  show: (figures: ShownFigures, its: Gauge<Label>) => void,
) => void;

function addQueueGauges(gauge: MakeGauge): void {
  gauge(
    "batuta_queue_depth",
    "Open tasks, by type and state: waiting for a worker, running, retry (waits for its next attempt), held",
    ["queue", "state"],
    ({ queues }, its) => {
      for (const { queue, counts } of queues) for (const state of TASK_STATES) its.set({ queue, state }, counts[state]);
    },
  );
  gauge(
    "batuta_queue_oldest_age_seconds",
    "How long the oldest task that waits for a worker has been there; 0: none waits",
    ["queue"],
    ({ queues }, its) => {
      for (const { queue, oldestAgeMs } of queues) its.set({ queue }, oldestAgeMs / 1_000);
    },
  );
  gauge("batuta_queue_workers", "Live workers that serve it and do not drain", ["queue"], ({ queues }, its) => {
    for (const { queue, workers } of queues) its.set({ queue }, workers);
  });
  gauge("batuta_queue_paused", "1: an operator paused it", ["queue"], ({ queues }, its) => {
    for (const { queue, isPaused } of queues) its.set({ queue }, isPaused ? 1 : 0);
  });
}

function addJobGauges(gauge: MakeGauge): void {
  gauge("batuta_quarantine_jobs", "Jobs that stand in quarantine", ["blueprint"], ({ quarantined }, its) => {
    for (const { blueprint, count } of quarantined) its.set({ blueprint }, count);
  });
  gauge("batuta_jobs_open", "Jobs that have not ended", ["status"], ({ jobs }, its) => {
    for (const { status, count } of jobs) its.set({ status }, count);
  });
  gauge("batuta_workers", "Sessions of workers that are here: live, draining", ["state"], ({ workers }, its) => {
    its.set({ state: "live" }, workers.live);
    its.set({ state: "draining" }, workers.draining);
  });
}
