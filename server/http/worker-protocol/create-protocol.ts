import { hostname } from "node:os";
import type { Log } from "@/server/log";
import type { WorkerQueue } from "@/server/queue/contract";
import { handOutRemotely, remoteHolderOf, takeBackHandOuts } from "@/server/store/remote-hand-outs";
import { saveProgress, taskParams } from "@/server/store/running-task";
import type { Engine } from "@/server/turn/engine-contract";
import { createHandOut } from "@/server/workers/hand-out";
import { RecentEvents } from "@/server/workers/recent-events";
import { createRemoteWorkers } from "@/server/workers/remote-workers";
import { createWebSession } from "@/server/workers/web-session";
import { ownSessionRows, remoteSessionRows } from "@/server/workers/worker-rows";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { createWorkerSecurity, type WorkerSecurityOptions } from "./worker-security";

/** A task that a remote worker has not finished after this long counts as started. */
const START_REPORT_MS = 1_000;

export interface ProtocolOptions extends WorkerSecurityOptions {
  engine: Pick<Engine, "apply">;
  /** The queue of one worker session of this process. */
  openQueue: (sessionId: string) => WorkerQueue;
  log: Log;
  instance: string;
  version: string;
  leaseMs: number;
  pollMs: number;
}

/** Everything behind `/_worker` in one process, on Postgres and a queue. `stop` answers waiting polls and gives tasks back. */
export function createProtocol(options: ProtocolOptions): WorkerProtocolDeps & { stop(): Promise<void> } {
  const { database, engine, log, instance, leaseMs } = options;
  const reading = createWebSession({
    instance,
    version: options.version,
    hostname: hostname(),
    rows: ownSessionRows(database, instance),
    openQueue: options.openQueue,
    leaseMs,
    log,
  });
  const handOut = createHandOut({
    log,
    queue: reading,
    markHandedOut: (attempts) => handOutRemotely(database, reading.id(), attempts),
    takeBack: (attempts) => takeBackHandOuts(database, attempts),
    async reportStart({ message: { jobId, no, fence }, worker, sessionId }) {
      await engine.apply({ kind: "task_started", jobId, no, fence, worker, session: sessionId });
    },
    startReportMs: START_REPORT_MS,
  });
  return {
    log,
    engine,
    handOut,
    workers: createRemoteWorkers({
      rows: remoteSessionRows(database),
      engine,
      handedOut: handOut.handedOut,
      instance,
      leaseMs,
    }),
    security: createWorkerSecurity(options),
    taskParams: (jobId, no) => taskParams(database, jobId, no),
    holderOf: (attempt) => remoteHolderOf(database, attempt),
    recentEvents: new RecentEvents(),
    saveProgress: (rows) => saveProgress(database, rows),
    pollMs: options.pollMs,
    leaseMs,
    async stop() {
      await handOut.stop();
      await reading.close();
    },
  };
}
