import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { EVENT_KIND } from "@/lib/job-event";
import { createTestDatabase } from "@/test/support/database";
import { startOwnPostgres, startOwnRedis } from "@/test/support/own-servers";
import { type System, startSystem, withSystem } from "@/test/support/system";
import { startTcpProxy, throughPort } from "@/test/support/tcp-proxy";
import { type LoadReport, startLoad } from "./load";

const LIMIT_MS = 400_000;
/** How long an outage lasts. A longer one by hand: `BATUTA_TEST_OUTAGE_SECONDS=60`. */
const OUTAGE_MS = Number(process.env.BATUTA_TEST_OUTAGE_SECONDS ?? "8") * 1_000;
const LOAD = { clients: 8, everyMs: 40 };

async function endedJobs(system: System): Promise<number> {
  return (await system.rows("select count(*)::int as n from jobs where status >= 20"))[0].n;
}

function shareOf({ calls, succeeded, failures }: LoadReport): number {
  console.log(
    `${succeeded} of ${calls} calls succeeded (${((100 * succeeded) / calls).toFixed(2)} %); failed: ${JSON.stringify([...failures])}`,
  );
  return succeeded / calls;
}

/** How long jobs took, for the report. */
async function sayDelays(system: System): Promise<void> {
  const [row] = await system.rows(
    `select count(*)::int as n, round(extract(epoch from percentile_disc(0.5) within group (order by finished_at - created_at))::numeric, 3) as p50,
       round(extract(epoch from percentile_disc(0.99) within group (order by finished_at - created_at))::numeric, 3) as p99,
       round(extract(epoch from max(finished_at - created_at))::numeric, 3) as longest from jobs`,
  );
  console.log(`${row.n} jobs; a job took ${row.p50} s (p50), ${row.p99} s (p99), ${row.longest} s at most`);
}

/** Every acknowledged job is there, each key has one, and each ended once, with one result. */
async function expectNothingLost(system: System, report: LoadReport): Promise<void> {
  await system.until(
    "no job is open",
    async () => (await system.rows("select count(*)::int as n from jobs where status < 20"))[0].n === 0,
  );
  await sayDelays(system);
  const jobs = await system.rows(
    `select id, version, status,
       (select count(*)::int from events where job_id = jobs.id) as events,
       (select count(*)::int from events where job_id = jobs.id and kind = $1) as ends,
       (select count(*)::int from events where job_id = jobs.id and kind = $2) as results,
       (select count(*)::int from events where job_id = jobs.id and kind = $3) as lost
     from jobs`,
    [EVENT_KIND.job_completed, EVENT_KIND.task_finished, EVENT_KIND.task_redelivered],
  );
  expect(jobs.map((job) => job.id).toSorted()).toEqual([...report.jobs.values()].toSorted());
  for (const job of jobs) expect(job).toMatchObject({ status: 20, events: job.version, ends: 1, results: 1, lost: 0 });
  expect((await system.rows("select count(*)::int as n from tasks"))[0].n).toBe(0);
}

async function untilMode(system: System, mode: string): Promise<void> {
  await system.until(
    `messages go by ${mode}`,
    async () => (await system.rows("select mode from transport"))[0].mode === mode,
  );
}

test(
  "Redis stopped under load: the API answers, jobs go on ending, and it is used again without a restart",
  async () => {
    const redis = await startOwnRedis({ persistent: true });
    try {
      await withSystem({ redis: { url: redis.now.url } }, async (system) => {
        const load = startLoad([system], LOAD);
        await system.until("100 jobs are started", () => load.started >= 100);
        await redis.stop();
        await untilMode(system, "postgres");
        const ready = await system.api("GET", "/readyz");
        expect(ready).toMatchObject({ status: 200, body: { ready: true } });
        const words = [expect.stringContaining("Redis is away")];
        expect(ready.body.degraded).toEqual(words);
        expect((await system.api("GET", "/_public/status")).body).toEqual({ status: "ok", degraded: words });
        const before = await endedJobs(system);
        await sleep(OUTAGE_MS);
        const during = (await endedJobs(system)) - before;
        expect(during).toBeGreaterThan(50);
        await redis.start();
        await untilMode(system, "redis");
        await system.until(
          "nothing is degraded",
          async () => (await system.api("GET", "/readyz")).body.degraded.length === 0,
        );
        const client = new Redis(redis.now.url);
        const [{ flushed }] = await system.rows("select clock_timestamp()::text as flushed");
        await client.flushall();
        client.disconnect();
        const known = load.started;
        await system.until("100 more jobs", () => load.started >= known + 100);
        const report = await load.stop();
        console.log(`${during} jobs ended in ${OUTAGE_MS} ms without Redis`);
        expect(shareOf(report)).toBeGreaterThanOrEqual(0.995);
        await expectNothingLost(system, report);
        const [{ took }] = await system.rows(
          "select round(extract(epoch from max(finished_at) - $1::timestamptz) * 1000) as took from jobs where created_at < $1::timestamptz",
          [flushed],
        );
        console.log(`what was open at FLUSHALL had ended ${took} ms after it`);
      });
    } finally {
      await redis.remove();
    }
  },
  LIMIT_MS,
);

test(
  "Redis cut from half of the processes: nothing is lost and nothing done twice",
  async () => {
    const redis = await startOwnRedis({ persistent: true });
    const proxy = await startTcpProxy({ port: redis.now.port });
    const database = await createTestDatabase();
    const prefix = "half:";
    const opened: System[] = [];
    try {
      const start = async (url: string, environment?: Record<string, string>) => {
        const shared = { ...database, drop: async () => undefined };
        const system = await startSystem({ redis: { url, prefix }, database: shared, environment });
        opened.push(system);
        return system;
      };
      // The first one has the housekeeping, and is the one that is cut off.
      const cut = await start(throughPort(redis.now.url, proxy.port));
      const whole = await start(redis.now.url, { CLIENT_TOKEN: cut.clientToken });
      const load = startLoad([cut, whole], LOAD);
      await cut.until("100 jobs are started", () => load.started >= 100);
      for (const hurt of [() => proxy.silence(), () => proxy.refuse()]) {
        hurt();
        const before = await endedJobs(cut);
        await sleep(OUTAGE_MS);
        expect(await endedJobs(cut)).toBeGreaterThan(before);
        proxy.resume();
        proxy.cut();
        await sleep(3_000);
      }
      const report = await load.stop();
      expect(shareOf(report)).toBeGreaterThanOrEqual(0.995);
      await expectNothingLost(cut, report);
    } finally {
      for (const system of opened) await system.stop();
      await proxy.close();
      await redis.remove();
      await database.drop();
    }
  },
  LIMIT_MS,
);

test(
  "Postgres stopped under load: 503 with Retry-After, no process ends, and work goes on when it is back",
  async () => {
    const postgres = await startOwnPostgres();
    try {
      const database = { url: postgres.now.url, drop: async () => undefined };
      await withSystem({ database }, async (system) => {
        const load = startLoad([system], LOAD);
        await system.until("100 jobs are started", () => load.started >= 100);
        await postgres.stop();
        await sleep(1_000);
        const refused = await system.api("POST", "/api/v1/jobs/urgent_first", { initial_data: { text: "x" } });
        expect(refused).toMatchObject({ status: 503, body: { code: "unavailable" } });
        expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(5);
        expect((await system.api("GET", "/healthz")).status).toBe(200);
        expect((await system.api("GET", "/readyz")).status).toBe(503);
        await sleep(OUTAGE_MS);
        expect((await system.api("GET", "/healthz")).status).toBe(200);
        await postgres.start();
        const backAt = Date.now();
        const known = load.started;
        await system.until("a job is started", () => load.started > known);
        console.log(`the first job was started ${Date.now() - backAt} ms after Postgres was back`);
        const open = new Set([...load.report.jobs.values()].slice(-1));
        await system.untilJob([...open][0] ?? "", "finished");
        console.log(`and had ended after ${Date.now() - backAt} ms`);
        const report = await load.stop();
        shareOf(report);
        // Whatever was refused said when to come again.
        expect([...report.failures.keys()].filter((status) => status !== 503)).toEqual([]);
        expect(report.longestRetryAfterS).toBeLessThanOrEqual(5);
        await expectNothingLost(system, report);
        for (const which of ["web", "worker"] as const)
          expect(system.output(which)).not.toContain("a rejection that nobody handled");
      });
    } finally {
      await postgres.remove();
    }
  },
  LIMIT_MS,
);
