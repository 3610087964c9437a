import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";
import { contentHash } from "@/server/engine/blueprint/content-hash";
import type { DefinedBlueprint } from "@/server/engine/blueprint/define";
import type { JobSettings } from "@/server/engine/job-settings";
import type { Delivery, TaskMessage, WorkerQueue } from "@/server/queue/contract";
import { openTransport, type Transport } from "@/server/queue/open-transport";
import { createPostgresLiveBus } from "@/server/queue/postgres-live-bus";
import { createRedisLiveBus } from "@/server/queue/redis-live-bus";
import { blueprintById, putBlueprint } from "@/server/store/blueprints";
import { type Database, openDatabase } from "@/server/store/database";
import { type Lane, openLane } from "@/server/store/lane";
import { createQueueStore } from "@/server/store/queue-store";
import { registerSession, renewSession } from "@/server/store/sessions";
import { readTransport } from "@/server/store/transport";
import { blueprintSource } from "@/server/turn/blueprint-source";
import { createEngine, type EngineOptions } from "@/server/turn/engine";
import type { Engine } from "@/server/turn/engine-contract";
import { databaseClock } from "@/server/turn/turn-deps";
import type { TurnLog } from "@/server/turn/turn-log";

export interface HostOptions {
  databaseUrl: string;
  /** Null: the Postgres queue. */
  redisUrl: string | null;
  prefix: string;
  blueprints?: (BlueprintDocument | DefinedBlueprint)[];
  leaseMs?: number;
  /** Puts something between the engine and its lanes: answers that get lost, for instance. */
  wrapLane?: (lane: Lane) => Lane;
  /** False: a web process, which commits what arrives at its own door and works on no partition. */
  consume?: boolean;
  versionPatienceMs?: number;
  handlerConcurrency?: number;
  /** Shared by the processes of a test. */
  notices?: EngineOptions["notices"];
  dispatcher?: EngineOptions["dispatcher"];
}

/** An engine on real servers, with what a test wants to ask of it. */
export interface EngineHost {
  engine: Engine;
  engineId: string;
  database: Database;
  warnings: string[];
  start(blueprint: string, input?: JsonObject, client?: JobSettings["client"]): Promise<string>;
  /** Waits until the job is in one of the statuses (codes); fails after a minute with what it was. */
  until(jobId: string, ...statuses: number[]): Promise<void>;
  events(jobId: string): Promise<{ seq: number; kind: number; data: JsonObject }[]>;
  stop(): Promise<void>;
}

export async function hostEngine(options: HostOptions): Promise<EngineHost> {
  const { databaseUrl, redisUrl, prefix } = options;
  const database = openDatabase(databaseUrl, { max: 8, name: "test" });
  const engineId = randomUUID();
  const warnings: string[] = [];
  const rows = createQueueStore(database);
  const transport = transportOf(options, database);
  const queue = transport.engineQueue(engineId, rows);
  const live = redisUrl ? createRedisLiveBus({ url: redisUrl, prefix }) : createPostgresLiveBus();
  const ids = await putAll(database, options.blueprints ?? []);
  const code = new Map(
    (options.blueprints ?? []).flatMap((one) =>
      "document" in one ? [[contentHash(one.document as never), one] as const] : [],
    ),
  );
  const engine = createEngine({
    engineId,
    queue,
    live,
    database,
    lanes: ["lane-0", "lane-1"].map((name) => (options.wrapLane ?? ((lane) => lane))(openLane(databaseUrl, name))),
    blueprints: blueprintSource(
      (id) => blueprintById(database, id),
      (_name, hash) => code.get(hash),
    ),
    clock: databaseClock(),
    random: Math.random,
    log: collect(warnings),
    consume: options.consume ?? true,
    leaseMs: options.leaseMs,
    code: [...code.keys()].map((hash) => ({ hash, revision: null })),
    versionPatienceMs: options.versionPatienceMs,
    handlerConcurrency: options.handlerConcurrency,
    notices: options.notices,
    dispatcher: options.dispatcher,
    transport: transport.view,
  });
  await transport.start();
  await engine.start();
  return {
    engine,
    engineId,
    database,
    warnings,
    async start(blueprint, input = {}, client) {
      const starter = { kind: "client", id: "1" } as const;
      const request = { blueprintId: ids.get(blueprint) ?? -1, clientId: 1, starter, input };
      const [result] = await engine.startJobs([client ? { ...request, client } : request]);
      return result?.jobId ?? "";
    },
    until: (jobId, ...statuses) => waitFor(database, jobId, statuses),
    events: async (jobId) =>
      (await database.pool.query("select seq, kind, data from events where job_id = $1 order by seq", [jobId])).rows,
    async stop() {
      await engine.stop();
      await queue.close();
      await live.close();
      await transport.stop();
      await database.close();
    },
  };
}

function transportOf({ redisUrl: url, prefix }: HostOptions, database: Database): Transport {
  return openTransport({ url, prefix, readRow: () => readTransport(database), onTrouble: () => undefined });
}

async function putAll(
  database: Database,
  blueprints: (BlueprintDocument | DefinedBlueprint)[],
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const one of blueprints) {
    const document = "document" in one ? one.document : one;
    const hash = contentHash(document as never);
    const { id } = await putBlueprint(database, {
      name: document.name,
      document: document as never,
      hash,
      description: null,
      apiEndpoint: null,
      apiVersion: null,
      clientId: 1,
      shared: true,
      source: "document" in one ? "code" : "upload",
    });
    ids.set(document.name, id);
  }
  return ids;
}

async function waitFor(database: Database, jobId: string, statuses: number[]): Promise<void> {
  let last: { status: number; state: string; error: unknown } | undefined;
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(10)) {
    const { rows } = await database.pool.query("select status, state, error from jobs where id = $1", [jobId]);
    last = rows[0];
    if (last && statuses.includes(last.status)) return;
  }
  throw new Error(`job ${jobId} is ${JSON.stringify(last)}, not in ${statuses.join(", ")}`);
}

/** A worker that answers with a function, on the real queue. */
export async function hostWorker(
  options: HostOptions,
  types: string[],
  work: (message: TaskMessage) => { outcome?: string; data?: JsonObject; code?: string } | null,
) {
  const database = openDatabase(options.databaseUrl, { max: 3, name: "test-worker" });
  const sessionId = randomUUID();
  await registerSession(database, { id: sessionId, worker: "tester", kind: "own", skills: types, slots: 100 });
  const rows = createQueueStore(database);
  const transport = transportOf(options, database);
  const queue: WorkerQueue = transport.workerQueue(sessionId, rows);
  await transport.start();
  let stopped = false;
  let taken = 0;
  const heartbeat = setInterval(() => void renewSession(database, sessionId).catch(() => null), 300);
  const loop = (async () => {
    while (!stopped) {
      const deliveries = await queue.take(types, 100, 500).catch(() => [] as Delivery[]);
      taken += deliveries.length;
      const reports = deliveries.flatMap(({ message, receipt }) => {
        const answer = work(message);
        if (!answer) return [];
        const { jobId, no, fence } = message;
        const error = answer.code ? { code: answer.code, message: `it was ${answer.code}` } : undefined;
        const outcome = answer.outcome ?? (error ? "failure" : "success");
        return [
          {
            receipt,
            signal: {
              kind: "task_result",
              jobId,
              no,
              fence,
              worker: "tester",
              outcome,
              data: answer.data,
              error,
            } as const,
          },
        ];
      });
      if (reports.length > 0) await queue.report(reports);
    }
  })();
  return {
    sessionId,
    taken: () => taken,
    /** Stops heart and hands, as if the process had died with what it holds. */
    die() {
      stopped = true;
      clearInterval(heartbeat);
    },
    async stop() {
      stopped = true;
      clearInterval(heartbeat);
      await loop;
      await queue.close();
      await transport.stop();
      await database.close();
    },
  };
}

/** Versions rise by one, and the row agrees with its last event, for every job there is. */
export async function assertWhole(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    `select j.id, j.version, count(e.*)::int as n, max(e.seq)::int as last from jobs j left join events e on e.job_id = j.id
     group by j.id having count(e.*) <> j.version or max(e.seq) <> j.version`,
  );
  const left = await client.query(
    "select count(*)::int as n from tasks k join jobs j on j.id = k.job_id where j.status >= 20",
  );
  await client.end();
  if (rows.length > 0 || left.rows[0].n > 0)
    throw new Error(`broken: ${JSON.stringify(rows.slice(0, 3))}, ${left.rows[0].n} orphan tasks`);
}

function collect(warnings: string[]): TurnLog {
  const note = (level: string) => (message: string, data?: Record<string, unknown>) => {
    const error = data?.error instanceof Error ? ` ${data.error.message}` : "";
    warnings.push(`${level} ${message}${error}`);
  };
  return { info: () => undefined, warn: note("warn"), error: note("error") };
}
