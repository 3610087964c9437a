import { Counter, Gauge, type Registry } from "prom-client";

/** The figures of the worker protocol. */
export interface ProtocolMetrics {
  sockets: Gauge;
  frames: Counter<"direction">;
  handedOut: Counter<"kind">;
  results: Counter<"transition">;
  ignored: Counter<"reason">;
  events: Counter<"outcome">;
  heartbeats: Counter<"kind">;
  skillCalls: Counter<"outcome">;
}

/** Registers them; one set per registry. `pollsWaiting` is asked when somebody asks for the metrics. */
export function createProtocolMetrics(registry: Registry, pollsWaiting = () => 0): ProtocolMetrics {
  const registers = [registry];
  new Gauge({
    name: "batuta_worker_polls_waiting",
    help: "Long polls that wait",
    registers,
    collect() {
      this.set(pollsWaiting());
    },
  });
  return {
    sockets: new Gauge({ name: "batuta_worker_sockets", help: "Open WebSockets of remote workers", registers }),
    frames: new Counter({
      name: "batuta_worker_socket_frames_total",
      help: "Frames on WebSockets of remote workers",
      labelNames: ["direction"],
      registers,
    }),
    handedOut: new Counter({
      name: "batuta_tasks_handed_out_total",
      help: "Tasks given to remote workers; again: the same attempt, because its answer was lost",
      labelNames: ["kind"],
      registers,
    }),
    results: new Counter({
      name: "batuta_worker_results_total",
      help: "Results of remote workers that counted, by what they led to",
      labelNames: ["transition"],
      registers,
    }),
    ignored: new Counter({
      name: "batuta_tasks_ignored_total",
      help: "Results of remote workers that changed nothing",
      labelNames: ["reason"],
      registers,
    }),
    events: new Counter({
      name: "batuta_worker_events_total",
      help: "Events of remote workers, by what became of them",
      labelNames: ["outcome"],
      registers,
    }),
    heartbeats: new Counter({
      name: "batuta_worker_heartbeats_total",
      help: "Heartbeats of remote workers",
      labelNames: ["kind"],
      registers,
    }),
    skillCalls: new Counter({
      name: "batuta_skill_calls_total",
      help: "Skills called by workers and clients, by how that ended",
      labelNames: ["outcome"],
      registers,
    }),
  };
}
