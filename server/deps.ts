import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { bulkBlueprint } from "@/server/bulk/bulk-blueprint";
import { bulkWork } from "@/server/bulk/bulk-work";
import { type Catalogue, catalogue } from "@/server/catalogue/catalogue";
import { closeDataStores } from "@/server/catalogue/close-data-stores";
import { type BlueprintRevision, type CodedBlueprint, revisionOf } from "@/server/catalogue/code-revision";
import { clientDirectory } from "@/server/clients/client-directory";
import type { Config } from "@/server/config";
import { createEmbedder } from "@/server/documents/embedder";
import { fileLinks } from "@/server/files/file-links";
import { LocalBlobStore } from "@/server/files/local-blob-store";
import { LocalJobFiles } from "@/server/files/local-job-files";
import { createApp } from "@/server/http/app";
import type { HttpDeps } from "@/server/http/http-deps";
import { LiveHub } from "@/server/http/live/live-hub";
import { PRODUCT_VERSION } from "@/server/http/product-version";
import { healthOf, openWebProbes } from "@/server/http/web-probes";
import { createProtocol } from "@/server/http/worker-protocol/create-protocol";
import { createWorkerDoor, type WorkerDoor } from "@/server/http/worker-protocol/native-door";
import { protocolSettingsOf } from "@/server/http/worker-protocol/protocol-settings";
import { taskBlueprint } from "@/server/jobs/task-blueprint";
import { createGuessGuard } from "@/server/limits/guess-guard";
import { createRateLimits, type RateLimits } from "@/server/limits/rate-limits";
import type { Log } from "@/server/log";
import { addDispatchMetrics, addTurnMetrics, createMetrics, type Metrics } from "@/server/metrics";
import { addDependencies, addInfo, dependenciesOf } from "@/server/metrics/process-metrics";
import { addQueueMetrics } from "@/server/metrics/queue-metrics";
import { createOperators } from "@/server/operators/operators";
import type { LiveBus } from "@/server/queue/contract";
import { flushKeys } from "@/server/queue/flush-keys";
import { createNoticeBus } from "@/server/queue/notice-bus";
import { openTransport } from "@/server/queue/open-transport";
import { createPostgresLiveBus } from "@/server/queue/postgres-live-bus";
import { createRedisLimitStore } from "@/server/queue/redis-limit-store";
import { createRedisLiveBus, createRedisNoticeLines } from "@/server/queue/redis-live-bus";
import { quietTrouble } from "@/server/queue/trouble";
import { blueprintById } from "@/server/store/blueprints";
import { type Database, openDatabase } from "@/server/store/database";
import { openLane } from "@/server/store/lane";
import { createNoticeLines } from "@/server/store/notice-lines";
import { instanceSecret } from "@/server/store/operator-rows";
import { createQueueStore } from "@/server/store/queue-store";
import { readQueueFigures } from "@/server/store/reads/queue-figures";
import { readTransport } from "@/server/store/transport";
import { blueprintSource } from "@/server/turn/blueprint-source";
import { createEngine } from "@/server/turn/engine";
import type { Engine } from "@/server/turn/engine-contract";
import { databaseClock } from "@/server/turn/turn-deps";

/** The parts of one process, wired; `start` sets them to work, `stop` drains and closes them. */
export interface Deps extends HttpDeps {
  /** The system's own blueprints, written in code like those that were given. */
  systemBlueprints: readonly CodedBlueprint[];
  /** The API without a socket. */
  fetch(request: Request, env?: object): Response | Promise<Response>;
  /** Answers remote workers on `node:http` itself. */
  workerDoor: WorkerDoor;
  /** The WebSockets of remote workers: their handshakes, and their end. */
  workerSockets: {
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
    stop(): void;
  };
  start(): Promise<void>;
  /**
   * From now on it is not ready for new work; live streams, WebSockets and waiting polls end, requests that are under way
   * go on. Resolves when what was not handed over is given back.
   */
  drain(): Promise<void>;
  /** Drains, finishes what is under way, closes every connection. */
  stop(): Promise<void>;
}

type CodeHere = CodedBlueprint & BlueprintRevision;

/** Somebody waits for what a question finds. */
const QUESTION_TIMEOUT_MS = 3_000;

/**
 * Wires the parts of a process: the only place that picks adapters. The database must be migrated. `blueprints` are
 * those written in code, whose handlers this process can run.
 */
export async function createDeps(config: Config, blueprints: readonly CodedBlueprint[], log: Log): Promise<Deps> {
  const database = openWebDatabase(config, log);
  const engineId = `${config.instanceId}-${randomUUID().slice(0, 8)}`;
  const queues = openQueues(config, database, engineId, log);
  const systemBlueprints = [bulkBlueprint(bulkWork(() => ({ engine, database }))), taskBlueprint()];
  const coded: CodeHere[] = [...blueprints, ...systemBlueprints].map((one) => ({ ...one, ...revisionOf(one) }));
  const metrics = createMetrics((error) => log.warn("a figure could not be kept", { error }));
  const versions = catalogue(database, new Map(coded.map((one) => [one.document.name, one.hash])));
  const engine: Engine = openEngine({ config, database, engineId, queues, log, versions, metrics }, coded);
  const { transport } = queues;
  const degraded = () => [transport.trouble()].flatMap((trouble) => trouble ?? []);
  const limits = openLimits(config, metrics, log);
  const secret = config.authSecret ?? (await instanceSecret(database, "auth", randomBytes(32).toString("base64url")));
  const probes = openWebProbes(config.databaseUrl, engine);
  const protocol = createProtocol({
    database,
    engine,
    openQueue: queues.openWorkerQueue,
    log,
    ...protocolSettingsOf(config),
    limits,
    metrics,
    registry: metrics.registry,
    notices: queues.notices,
  });
  const http: HttpDeps = {
    config,
    log,
    metrics,
    database,
    engine,
    ...openFiles(join(config.dataDir, "files"), secret),
    flushQueue: config.redisUrl === null ? null : flushOf(config.redisUrl, config.redisPrefix, log),
    clients: clientDirectory(database, queues.notices),
    notices: queues.notices,
    workerCommands: protocol.commands,
    operators: createOperators({ database, secret, publicUrl: config.publicUrl, log }),
    catalogue: versions,
    embedder: config.embeddings && createEmbedder({ ...config.embeddings, timeoutMs: QUESTION_TIMEOUT_MS }),
    live: new LiveHub(database, queues.live, log, metrics),
    limits,
    guard: limits && createGuessGuard(limits),
    setupToken: await setupTokenOf(config, database),
    degraded,
    probes,
    health: () => healthOf(probes, engine, queues.transport.view, queues.engine.kind, degraded()),
  };
  showFigures(http);
  const app = createApp(http, protocol);
  const drain = once(async () => {
    probes.drain(metrics);
    await Promise.all([http.live.stop(), protocol.stop()]);
  });
  return {
    ...http,
    systemBlueprints,
    fetch: (request, env) => app.fetch(request, env),
    workerDoor: createWorkerDoor(http, protocol),
    workerSockets: {
      upgrade: (request, socket, head) =>
        protocol.sockets.upgrade(request, socket, head, (one, env) => app.fetch(one, env)),
      stop: () => protocol.sockets.stop(),
    },
    async start() {
      probes.start();
      await transport.start();
      http.live.start();
      await engine.start();
    },
    drain,
    async stop() {
      await drain();
      await engine.stop();
      await closeDataStores(
        blueprints.map((one) => one.dataStores),
        (store, error) => log.error("a data store did not close", { store, error }),
      );
      await http.catalogue.close();
      await queues.close();
      limits?.close();
      await transport.stop();
      await Promise.all([database.close(), probes.stop()]);
    },
  };
}

function openWebDatabase({ databaseUrl, databasePoolSize: max }: Config, log: Log): Database {
  const onError = (error: Error) => log.warn("a database connection was lost", { error: error.message });
  return openDatabase(databaseUrl, { max, name: "batuta web", onError });
}

function openFiles(folder: string, secret: string): Pick<HttpDeps, "files" | "jobFiles" | "fileLinks"> {
  return { files: new LocalBlobStore(folder), jobFiles: new LocalJobFiles(folder), fileLinks: fileLinks(secret) };
}

/** Does it at the first call; every other one waits for the same end. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => {
    done ??= work();
    return done;
  };
}

/** Adds what is read from the parts when somebody asks for figures. */
function showFigures({ metrics: { registry }, engine, database, health, log }: HttpDeps): void {
  const onFault = (error: unknown) => log.warn("figures could not be read", { error });
  addTurnMetrics(registry, () => ({ ...engine.figures() }));
  addDispatchMetrics(registry, () => engine.dispatchFigures());
  addQueueMetrics(registry, {
    read: async () => (engine.leads() ? readQueueFigures(database.pool) : null),
    onFault,
  });
  addInfo(registry, "batuta_web_info", { version: PRODUCT_VERSION, hostname: hostname() });
  addDependencies(registry, dependenciesOf(health, onFault));
}

interface EngineParts {
  config: Config;
  database: Database;
  engineId: string;
  queues: ReturnType<typeof openQueues>;
  log: Log;
  versions: Catalogue;
  metrics: Metrics;
}

function openEngine(parts: EngineParts, coded: readonly CodeHere[]): Engine {
  const { config, database, engineId, queues, log, versions, metrics } = parts;
  const code = new Map(coded.map((one) => [one.hash, one]));
  return createEngine({
    engineId,
    queue: queues.engine,
    live: queues.live,
    notices: queues.notices,
    database,
    lanes: ["lane 0", "lane 1"].map((name) =>
      openLane(config.databaseUrl, `batuta ${name}`, (error) => log.warn("a lane's connection was lost", { error })),
    ),
    blueprints: blueprintSource(
      (id) => blueprintById(database, id) as never,
      (_name, hash) => code.get(hash),
    ),
    clock: databaseClock(),
    random: Math.random,
    log,
    onCommitted: (change) => metrics.jobs.note(change),
    consume: config.roles.has("engine"),
    leaseMs: config.workerLeaseMs,
    code: coded,
    head: (name) => versions.head(name),
    versionPatienceMs: config.versionPatienceMs,
    transport: queues.transport.view,
    reputation: config.reputation,
    dispatcher: { ...config.dispatcher, reputationThreshold: config.reputation.threshold },
  });
}

/** How many requests of whom are heard: counted in Redis, or in each process where that is not to be had. */
function openLimits(config: Config, metrics: Metrics, log: Log): RateLimits | null {
  if (config.rateLimits === null) return null;
  const { redisUrl: url, redisPrefix: prefix } = config;
  const onTrouble = (what: string, error: unknown) => log.warn(what, { part: "limits", error });
  const shared = url === null ? null : createRedisLimitStore({ url, prefix, onTrouble });
  return createRateLimits(config.rateLimits, shared, (name) => metrics.limited.inc({ class: name }));
}

/** Outside of local mode the first account needs a token that only the log shows. */
async function setupTokenOf(config: Config, database: Database): Promise<string | null> {
  if (config.local) return null;
  return config.setupToken ?? (await instanceSecret(database, "setup_token", randomBytes(18).toString("base64url")));
}

function flushOf(url: string, prefix: string, log: Log) {
  const onTrouble = (what: string, error: unknown) => log.warn(what, { part: "flush", error });
  return () => flushKeys({ url, prefix, onTrouble });
}

function openQueues(config: Config, database: Database, engineId: string, log: Log) {
  const { redisUrl: url, redisPrefix: prefix } = config;
  const store = createQueueStore(database);
  const onTrouble = (what: string, error: unknown) => log.warn(what, { part: "queue", error });
  const onNoticeTrouble = quietTrouble(onTrouble);
  const transport = openTransport({ url, prefix, readRow: () => readTransport(database), onTrouble });
  const live: LiveBus = url === null ? createPostgresLiveBus() : createRedisLiveBus({ url, prefix, onTrouble });
  const notices = createNoticeBus(
    url === null
      ? createNoticeLines({
          url: config.databaseUrl,
          name: "batuta notices",
          onError: (error) => onNoticeTrouble("Notices do not reach other processes", error),
        })
      : createRedisNoticeLines({ url, prefix, onTrouble }),
  );
  const openWorkerQueue = (sessionId: string) => transport.workerQueue(sessionId, store);
  const engine = transport.engineQueue(engineId, store);
  const close = async () => {
    for (const part of [engine, live, notices]) await part.close();
  };
  return { transport, engine, live, notices, openWorkerQueue, close };
}
