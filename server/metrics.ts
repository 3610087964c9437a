import { Counter, Gauge, Registry } from "prom-client";
import { boundedLabel } from "./metrics/bounded-label";
import { createHttpMetrics, type HttpMetrics } from "./metrics/http-metrics";
import { createJobMetrics, type JobMetrics } from "./metrics/job-metrics";
import { addNodeMetrics } from "./metrics/node-metrics";
import { addDraining, unobservedErrors } from "./metrics/process-metrics";

/** The process's figures, for `/_public/metrics`. One registry per process; names of the reference where it has them. */
export interface Metrics {
  registry: Registry;
  http: HttpMetrics;
  jobs: JobMetrics;
  /** A job of this blueprint was started. */
  jobStarted(blueprint: string): void;
  unobservedErrors: Counter;
  /** The process ends: from now on it is shown as draining. */
  drain(): void;
  refusals: Counter<"reason">;
  replays: Counter<"reason">;
  identityMismatches: Counter;
  proxyNamesIgnored: Counter;
  limited: Counter<"class">;
  liveListeners: Gauge;
  liveDropped: Counter;
  liveCursorAgeSeconds: Gauge;
}

/** Adds what the engine counts; read when somebody asks for the metrics. */
export function addTurnMetrics(registry: Registry, read: () => Record<string, number>): void {
  const names: Record<string, string> = {
    commits: "Batches of changes committed",
    changes: "Changes of jobs committed",
    lost: "Changes that lost a race for their job and were decided again",
    signals: "Signals heard",
    ignored: "Signals that changed nothing: late, doubled or foreign",
    retried: "Batches that the database did not take and that were done again",
  };
  const counter = (name: string, help: string, key: string) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read()[key] ?? 0);
      },
    });
  for (const [key, help] of Object.entries(names)) counter(`batuta_turn_${key}_total`, help, key);
  const late = "Reports of attempts that were no longer current, and changed nothing";
  counter("batuta_stale_commits_rejected_total", late, "stale");
}

/** What a dispatcher tells of itself. */
interface DispatchCounts {
  placed: number;
  hot: number;
  steals: number;
  returned: number;
  unplaced: number;
  waiting: Record<string, number>;
}

/** Adds what the dispatcher of this process counts; read when somebody asks for the metrics. */
export function addDispatchMetrics(registry: Registry, read: () => DispatchCounts): void {
  const registers = [registry];
  const counters: [name: string, help: string, key: "placed" | "hot" | "steals" | "returned"][] = [
    ["batuta_dispatch_placed_total", "Tasks that ask for more than a skill, given to a worker", "placed"],
    ["tasks_hot_dispatched_total", "Of them those whose worker had the skill warm", "hot"],
    ["batuta_dispatch_steals_total", "Tasks moved from a worker that did not take them to an idle one", "steals"],
    ["batuta_dispatch_returned_total", "Tasks taken back from workers that are gone or did not take them", "returned"],
  ];
  for (const [name, help, key] of counters) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read()[key]);
      },
    });
  }
  new Gauge({
    name: "batuta_dispatch_unplaced",
    help: "Tasks that wait for the dispatcher, up to 10,000; 0 where another process is the dispatcher",
    registers,
    collect() {
      this.set(read().unplaced);
    },
  });
  new Gauge({
    name: "batuta_dispatch_waiting",
    help: "Tasks that found no worker in the dispatcher's last round, by why",
    labelNames: ["reason"],
    registers,
    collect() {
      for (const [reason, count] of Object.entries(read().waiting)) this.set({ reason }, count);
    },
  });
}

/**
 * Makes the registry with the process's own figures (CPU, memory, event loop) and the API's. `onFault` is told of figures
 * that could not be kept.
 */
export function createMetrics(onFault: (error: unknown) => void = () => undefined): Metrics {
  const registry = new Registry();
  addNodeMetrics(registry);
  const registers = [registry];
  const ending = new AbortController();
  addDraining(registry, () => ending.signal.aborted);
  const startedLabel = boundedLabel(registry, "blueprint");
  const jobsStarted = new Counter({
    name: "orchestrator_jobs_total",
    help: "Jobs started",
    labelNames: ["blueprint"],
    registers,
  });
  return {
    registry,
    http: createHttpMetrics(registry),
    jobs: createJobMetrics(registry, onFault),
    jobStarted: (blueprint) => jobsStarted.inc({ blueprint: startedLabel(blueprint) }),
    unobservedErrors: unobservedErrors(registry),
    drain: () => ending.abort(),
    refusals: new Counter({
      name: "orchestrator_security_auth_failures_total",
      help: "Requests refused for who sent them",
      labelNames: ["reason"],
      registers,
    }),
    replays: new Counter({
      name: "orchestrator_security_replay_detected_total",
      help: "Messages and tokens refused because they are too old, or were used before",
      labelNames: ["reason"],
      registers,
    }),
    identityMismatches: new Counter({
      name: "orchestrator_security_identity_mismatch_total",
      help: "Good credentials of one worker in a request for another",
      registers,
    }),
    proxyNamesIgnored: new Counter({
      name: "batuta_proxy_names_ignored_total",
      help: "Names of client certificates told by whoever is not the trusted proxy",
      registers,
    }),
    limited: new Counter({
      name: "batuta_ratelimit_blocked_total",
      help: "Requests refused because there were too many",
      labelNames: ["class"],
      registers,
    }),
    liveListeners: new Gauge({ name: "batuta_live_listeners", help: "Open live streams", registers }),
    liveDropped: new Counter({
      name: "batuta_live_dropped_total",
      help: "Live streams dropped because they read too slowly",
      registers,
    }),
    liveCursorAgeSeconds: new Gauge({
      name: "batuta_live_cursor_age_seconds",
      help: "Time since the live cursor last moved or was confirmed",
      registers,
    }),
  };
}
