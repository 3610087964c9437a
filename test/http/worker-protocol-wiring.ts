import type { Hono } from "hono";
import { createProtocol, type ProtocolOptions } from "@/server/http/worker-protocol/create-protocol";
import { workerProtocolRoutes } from "@/server/http/worker-protocol/mount";
import { createWorkerDoor, type WorkerDoor } from "@/server/http/worker-protocol/native-door";
import { createLog } from "@/server/log";
import { createMetrics } from "@/server/metrics";
import { createNoticeBus } from "@/server/queue/notice-bus";
import { createPostgresLiveBus } from "@/server/queue/postgres-live-bus";
import { createPostgresWorkerQueue } from "@/server/queue/postgres-worker-queue";
import { createRedisWorkerQueue } from "@/server/queue/redis-worker-queue";
import { openDatabase } from "@/server/store/database";
import { createQueueStore } from "@/server/store/queue-store";
import type { EngineHost, HostOptions } from "@/test/turn/engine-host";

/** The protocol wired as a web process does it. */
export function createProtocolForTest(
  engine: EngineHost,
  options: HostOptions,
  changes: Partial<ProtocolOptions> & { slowHandOut?: () => Promise<void> } = {},
): { routes: Hono; door: WorkerDoor; stop(): Promise<void> } {
  const database = openDatabase(options.databaseUrl, { max: 5, name: "test web" });
  const store = createQueueStore(database);
  const protocol = createProtocol({
    database,
    engine: engine.engine,
    openQueue: (sessionId) =>
      options.redisUrl === null
        ? createPostgresWorkerQueue({ store, sessionId })
        : createRedisWorkerQueue({ url: options.redisUrl, prefix: options.prefix, sessionId, rows: store }),
    log: createLog({ level: "error", format: "json", write: (line) => process.stderr.write(`${line}\n`) }),
    instance: "test",
    version: "0",
    leaseMs: 30_000,
    pollMs: 5_000,
    signatureMode: "optional",
    globalToken: "global-worker-token-of-the-tests",
    notices: createNoticeBus(createPostgresLiveBus()),
    ...changes,
  });
  const { handOut } = protocol;
  /** Called between the hand-out and its answer. */
  const { slowHandOut = () => Promise.resolve() } = changes;
  const next: typeof handOut.next = async (poll) => {
    const task = await handOut.next(poll);
    if (task) await slowHandOut();
    return task;
  };
  const deps = { ...protocol, handOut: { ...handOut, next } };
  return {
    routes: workerProtocolRoutes(deps),
    door: createWorkerDoor({ metrics: createMetrics(), log: protocol.log }, deps),
    async stop() {
      await protocol.stop();
      await database.close();
    },
  };
}
