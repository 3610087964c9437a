import { afterAll, beforeAll, expect, test } from "vitest";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { makeFolder } from "@/test/own-code/folder";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { requireBuild } from "@/test/support/system";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";
import { isReady, killWorkers, spawnWorker } from "./spawned-worker";
import { oneTask } from "./worker-host";

const TASKS = `
import { setTimeout as sleep } from "node:timers/promises";
export async function trap(_params, { attempt, log }) {
  log.info("into the trap");
  if (attempt === 1) /^(a+)+$/.test("a".repeat(60) + "!");
  return { data: { attempt, sees: ["DATABASE_URL", "BATUTA_REDIS_PREFIX", "STUCK"].filter((name) => process.env[name]) } };
}
export async function spin() {
  while (process.env.STUCK === "yes");
  await sleep(10);
  return { data: { ended: true } };
}
`;

let database: TestDatabase;
let engine: EngineHost;
let env: Record<string, string>;
const folder = makeFolder({ "tasks.js": TASKS });

beforeAll(async () => {
  requireBuild(false);
  database = await createTestDatabase();
  const [redisUrl, prefix] = [testRedisUrl(), testKeyPrefix()];
  const blueprints = [oneTask("trapped", "trap", { timeout_seconds: 1.5 }), oneTask("spins", "spin")];
  engine = await hostEngine({ databaseUrl: database.url, redisUrl, prefix, leaseMs: 3_000, blueprints });
  env = {
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    BATUTA_REDIS_PREFIX: prefix,
    WORKER_LEASE_SECONDS: "3",
    TASKS_DIR: folder.folder,
  };
});

afterAll(async () => {
  killWorkers();
  await engine?.stop();
  await database?.drop();
  folder.remove();
});

test("a task in an endless regex: probes answer, its attempt is ended and tried again, the figures tell", async () => {
  const worker = await spawnWorker({ ...env, STUCK: "yes", LOG_FORMAT: "json" });
  await until("it is ready", () => isReady(worker));
  const job = await engine.start("trapped");
  const states: string[] = [];
  await until("it is trapped", async () => {
    const { rows } = await engine.database.pool.query("select status from tasks where job_id = $1", [job]);
    return rows[0]?.status === 2 && worker.out().includes("into the trap");
  });
  while (!states.includes("over")) {
    for (const path of ["/healthz", "/livez", "/readyz"]) expect((await worker.get(path)).status).toBe(200);
    const failed = (await engine.events(job)).some(({ kind }) => kind === EVENT_KIND.task_failed);
    states.push(failed ? "over" : "trapped");
  }
  expect(states.length).toBeGreaterThan(1);
  await engine.until(job, JOB_STATUS.finished.code);
  const events = await engine.events(job);
  expect(events.find(({ kind }) => kind === EVENT_KIND.task_failed)?.data).toMatchObject({
    code: "TIMEOUT_ERROR",
    attempt: 1,
    details: { bridge: "TASK_TIMEOUT", phase: "hard", log: [expect.stringContaining("into the trap")] },
  });
  expect(events.find(({ kind }) => kind === EVENT_KIND.task_finished)?.data.r).toEqual({
    attempt: 2,
    sees: ["BATUTA_REDIS_PREFIX", "STUCK"],
  });
  expect(events.some(({ kind }) => kind === EVENT_KIND.task_redelivered)).toBe(true);
  const metrics = await (await worker.get("/metrics")).text();
  expect(metrics).toContain('batuta_task_kills_total{task="trap",reason="timeout"} 1');
  expect(metrics).toContain('batuta_worker_attempts_total{type="trap",result="error"} 1');
  expect(metrics).toContain('batuta_worker_attempts_total{type="trap",result="success"} 1');
  expect(metrics).toMatch(/batuta_slots\{state="idle",isolation="thread"\} 1/);
  const line =
    worker
      .out()
      .split("\n")
      .find((each) => each.includes("into the trap")) ?? "";
  expect(JSON.parse(line)).toMatchObject({ level: "info", job, task_type: "trap", attempt: 1 });
  worker.child.kill("SIGTERM");
  expect(await worker.exited).toBe(0);
});

test("SIGTERM while a task spins: it ends with 0 after its drain, another runs the task, no attempt burned", async () => {
  const first = await spawnWorker({ ...env, STUCK: "yes", WORKER_SHUTDOWN_TIMEOUT: "2" });
  await until("it is ready", () => isReady(first));
  const job = await engine.start("spins");
  await until("it spins", async () =>
    /batuta_slots\{state="running",isolation="thread"\} 1/.test(await (await first.get("/metrics")).text()),
  );
  first.child.kill("SIGTERM");
  expect(await first.exited).toBe(0);
  const second = await spawnWorker({ ...env, STUCK: "no" });
  await engine.until(job, JOB_STATUS.finished.code);
  const kinds = (await engine.events(job)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === EVENT_KIND.task_redelivered)).toHaveLength(1);
  expect(kinds).not.toContain(EVENT_KIND.task_failed);
  expect(kinds.filter((kind) => kind === EVENT_KIND.task_finished)).toHaveLength(1);
  second.child.kill("SIGTERM");
  expect(await second.exited).toBe(0);
});
