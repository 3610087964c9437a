import type { BlueprintDocument, TaskSpec } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";
import { createNoticeBus } from "@/server/queue/notice-bus";
import { createPostgresLiveBus } from "@/server/queue/postgres-live-bus";
import { hostProtocol, type ProtocolHost } from "@/test/http/worker-protocol-host";
import { createTestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { type EngineHost, type HostOptions, hostEngine } from "@/test/turn/engine-host";

export type Queue = "redis" | "postgres";

/** One task that asks for something, as a whole blueprint. */
export function asking(name: string, task: Omit<TaskSpec, "task_type"> & { task_type?: string }): BlueprintDocument {
  const { task_type = name, ...more } = task;
  return {
    name,
    states: {
      work: { type: "task", start: true, task_type, ...more, transitions: { success: "done" } },
      done: { type: "end", outcome: "success" },
    },
  };
}

export interface PlacedWorker {
  /** The next task within the time in seconds; null when there is none. */
  next(seconds?: number): Promise<{ job_id: string; task_id: string; type: string; params: JsonObject } | null>;
  succeed(task: { job_id: string; task_id: string }): Promise<JsonObject>;
  fail(task: { job_id: string; task_id: string }, code: string): Promise<JsonObject>;
  beat(body: JsonObject): Promise<JsonObject>;
}

/** An engine with its dispatcher, and the worker protocol, on real servers. */
export interface DispatchWorld {
  engine: EngineHost;
  web: ProtocolHost;
  options: HostOptions;
  worker(name: string, registration: JsonObject): Promise<PlacedWorker>;
  /** Type, status and the name of the worker of each open task of the job. */
  tasks(jobId: string): Promise<{ status: number; worker: string | null; fence: number }[]>;
  stop(): Promise<void>;
}

export async function dispatchWorld(
  queue: Queue,
  blueprints: HostOptions["blueprints"],
  more: Partial<HostOptions> = {},
): Promise<DispatchWorld> {
  const database = await createTestDatabase();
  const notices = createNoticeBus(createPostgresLiveBus());
  const redisUrl = queue === "redis" ? testRedisUrl() : null;
  const options = { databaseUrl: database.url, redisUrl, prefix: testKeyPrefix(), blueprints, notices, ...more };
  const engine = await hostEngine(options);
  const web = await hostProtocol(engine, options, { notices: options.notices, reputationThreshold: 0.3 });
  return {
    engine,
    web,
    options,
    async worker(name, registration) {
      const { status, body } = await web.call("POST", "/workers/register", { worker_id: name, ...registration });
      if (status !== 200) throw new Error(`the worker was refused: ${JSON.stringify(body)}`);
      const answer = async ({ job_id, task_id }: { job_id: string; task_id: string }, more: JsonObject) =>
        (await web.call("POST", "/tasks/result", { job_id, task_id, worker_id: name, ...more })).body;
      return {
        async next(seconds = 5) {
          const { body: task } = await web.call("GET", `/workers/${name}/tasks/next?timeout=${seconds}`);
          return task;
        },
        succeed: (task) => answer(task, { status: "success", data: { by: name } }),
        fail: (task, code) => answer(task, { status: "failure", error: { code, message: code } }),
        beat: async (beat) => (await web.call("PATCH", `/workers/${name}`, { worker_id: name, ...beat })).body,
      };
    },
    async tasks(jobId) {
      const { rows } = await engine.database.pool.query(
        `select k.status, s.worker, k.fence from tasks k left join worker_sessions s on s.id::text = k.worker
         where k.job_id = $1 order by k.no`,
        [jobId],
      );
      return rows;
    },
    async stop() {
      await web.stop();
      await engine.stop();
      await database.drop();
    },
  };
}
