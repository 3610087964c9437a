import type { KnownCheck } from "@/server/probes/check";
import { type Liveness, watchLiveness } from "@/server/probes/liveness";
import { createReadiness, type Readiness } from "@/server/probes/readiness";
import { type AskedServers, serverChecks } from "@/server/probes/server-checks";
import type { WorkerQueue } from "@/server/queue/contract";
import type { SessionRows } from "@/server/workers/session";
import type { WorkerHealth } from "./health";
import { createWorkerMetrics, type WorkerMetrics } from "./metrics";
import { slotsCheck } from "./overrun";
import { watchConsumer } from "./probes/consumer-watch";
import type { TaskAllowance } from "./task-allowance";
import { watchedQueue } from "./watched-queue";

/** What probes and figures know of a worker: gathered where it meets its queue, its sessions and its servers. */
export interface Observation {
  metrics: WorkerMetrics;
  liveness: Liveness;
  readiness: Readiness;
  /** The same queue, whose reads are noticed. */
  queue(queue: WorkerQueue): WorkerQueue;
  /** The same rows, whose heartbeats are noticed. */
  sessions(rows: SessionRows): SessionRows;
  stop(): void;
}

/** How long a server may take to answer a probe. */
export const PROBE_WAIT_MS = 800;

export function observeWorker(options: {
  health: () => WorkerHealth;
  servers: AskedServers;
  slots: number;
  version: string;
  hostname: string;
  allowance?: TaskAllowance;
  onFault: (error: unknown) => void;
}): Observation {
  const { health, version, hostname, onFault, allowance } = options;
  const seen: { heartbeatAt: number | null } = { heartbeatAt: null };
  const readiness = createReadiness(serverChecks(options.servers), ownChecks(health));
  const metrics = createWorkerMetrics(health, {
    version,
    hostname,
    dependencies: () => readiness.dependencies(),
    heartbeatAt: () => seen.heartbeatAt,
    onFault,
  });
  const consumer = watchConsumer(health, options.slots);
  const liveness = watchLiveness({ pulse: consumer, more: [slotsCheck(health)] });
  const beat = () => {
    seen.heartbeatAt = Date.now();
  };
  return {
    metrics,
    liveness,
    readiness,
    queue: (queue) =>
      watchedQueue(queue, {
        onAsked: consumer.asked,
        onTaken(deliveries) {
          const now = Date.now();
          for (const { message } of deliveries) metrics.delivered(message.type, now - message.sentAt);
        },
        allowance,
      }),
    sessions: (rows) => ({
      ...rows,
      register: (session) => rows.register(session).then(beat),
      async renew(id, runtime) {
        const alive = await rows.renew(id, runtime);
        if (alive) beat();
        return alive;
      },
    }),
    stop() {
      consumer.stop();
      liveness.stop();
      readiness.stop();
    },
  };
}

function ownChecks(health: () => WorkerHealth): KnownCheck[] {
  return [
    { name: "session", look: () => (health().sessionId === null ? "no session is registered" : null) },
    { name: "slots", look: () => health().blocked },
    { name: "draining", look: () => (health().draining ? "takes no more tasks and ends" : null) },
  ];
}
