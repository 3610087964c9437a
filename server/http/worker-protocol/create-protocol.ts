import { hostname } from "node:os";
import { Registry } from "prom-client";
import type { Log } from "@/server/log";
import type { NoticeBus, WorkerQueue } from "@/server/queue/contract";
import { handedToPolls, handOutFacts } from "@/server/store/hand-out-facts";
import { handOutRemotely, remoteHolderOf, takeBackHandOuts } from "@/server/store/remote-hand-outs";
import { renewRemoteSessions } from "@/server/store/remote-sessions";
import { saveProgress, taskParams } from "@/server/store/running-task";
import { readSkillsHash, saveSkillsHash } from "@/server/store/skills-hash";
import { readAttemptEnd, taskHeldIn } from "@/server/store/task-ends";
import type { Engine } from "@/server/turn/engine-contract";
import { batched } from "@/server/workers/batched";
import { createHandOut, type HandOut } from "@/server/workers/hand-out";
import { placedRows } from "@/server/workers/placed-rows";
import { RecentEvents } from "@/server/workers/recent-events";
import { createRemoteWorkers } from "@/server/workers/remote-workers";
import { createWebSession } from "@/server/workers/web-session";
import { ownSessionRows, remoteSessionRows } from "@/server/workers/worker-rows";
import { cancelEnded } from "./cancel-ended";
import { createCommandBus } from "./commands";
import { createPollPresence } from "./poll-presence";
import { createPollReplay } from "./poll-replay";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { createProtocolMetrics } from "./protocol-metrics";
import { RecentResults } from "./recent-results";
import { createSkillsSync } from "./skills-sync";
import { createWorkerSockets } from "./web-socket";
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
  /** Workers below this reputation get nothing. */
  reputationThreshold?: number;
  /** Signs what is handed out. */
  orchestratorSecret?: string | null;
  notices: NoticeBus;
  /** Where its figures are registered. */
  registry?: Registry;
  /** How often WebSockets are asked whether they live. */
  pingMs?: number;
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
      const session = sessionId;
      await engine.apply({ kind: "task_started", jobId, no, fence, worker, session, ms: START_REPORT_MS });
    },
    startReportMs: START_REPORT_MS,
    placed: placedRows(database, options.notices),
    standing: (worker) => workers.standing(worker),
  });
  const workers = createRemoteWorkers({
    rows: remoteSessionRows(database),
    engine,
    handedOut: handOut.handedOut,
    instance,
    leaseMs,
    reputationThreshold: options.reputationThreshold,
  });
  const connections = openConnections(options, handOut);
  return {
    ...connections,
    log,
    engine,
    handOut,
    workers,
    security: createWorkerSecurity(options),
    taskParams: (jobId, no) => taskParams(database, jobId, no),
    holderOf: (attempt) => remoteHolderOf(database, attempt),
    facts: batched((tasks) => handOutFacts(database, tasks)),
    heldIn: (jobId, worker) => taskHeldIn(database, jobId, worker),
    endOf: (attempt) => readAttemptEnd(database, attempt),
    recentResults: new RecentResults(),
    recentEvents: new RecentEvents(),
    saveProgress: (rows) => saveProgress(database, rows),
    orchestratorSecret: options.orchestratorSecret ?? null,
    pollMs: options.pollMs,
    leaseMs,
    async stop() {
      connections.sockets.stop();
      connections.presence.stop();
      connections.replay.stop();
      await handOut.stop();
      await reading.close();
    },
  };
}

/** What keeps track of the connections of workers: their polls and their WebSockets. */
function openConnections(options: ProtocolOptions, handOut: HandOut) {
  const { database, notices, log } = options;
  const presence = createPollPresence({
    renew: async (workers) => void (await renewRemoteSessions(database, workers)),
    everyMs: options.leaseMs / 3,
    log,
  });
  const metrics = createProtocolMetrics(options.registry ?? new Registry(), () => presence.size);
  const commands = createCommandBus(notices);
  const sockets = createWorkerSockets({ commands, metrics, log, pingMs: options.pingMs });
  commands.attach(sockets);
  cancelEnded(notices, handOut.handedOut, sockets, commands);
  return {
    metrics,
    commands,
    sockets,
    presence,
    replay: createPollReplay({
      read: (polls) => handedToPolls(database, polls),
      giveBack: (task) => handOut.giveBack(task),
      notices,
    }),
    skillsSync: createSkillsSync({
      read: (session) => readSkillsHash(database, session),
      save: (session, hash) => saveSkillsHash(database, session, hash),
    }),
  };
}
