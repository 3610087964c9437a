import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "@/server/store/database";
import { openLane } from "@/server/store/lane";
import { cleanTurns, readTurns, resumeTurns, systemIdentifier, turnsHorizon } from "@/server/store/turns";
import { change, submission } from "@/test/store/factory";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let store: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openDatabase(database.url, { max: 6, name: "test" });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

/** Commits turns whose transactions stay open for a while after they took their number, as a slow disk or lock would do. */
async function slowWriter(jobId: string, until: number): Promise<void> {
  const client = await store.pool.connect();
  try {
    for (let version = 1000; Date.now() < until; version++) {
      await client.query("begin");
      await client.query(
        "insert into turns values (pg_current_xact_id()::text::bigint, now(), array[$1::uuid], array[$2::int])",
        [jobId, version],
      );
      await delay(Math.random() * 60);
      await client.query("commit");
    }
  } finally {
    client.release();
  }
}

async function advance(name: string, jobId: string, until: number): Promise<void> {
  const lane = openLane(database.url, name);
  for (let version = 3; Date.now() < until; version++) await lane.commit([change(jobId, version)]);
  await lane.close();
}

test("the horizon never skips a commit, where a cursor by number does", async () => {
  const lane = openLane(database.url, "submit");
  const submissions = [submission(), submission(), submission()];
  const start = await turnsHorizon(store);
  await lane.submit(submissions);
  await lane.close();
  const [one, two, slow] = submissions.map(({ writes }) => writes.jobId) as [string, string, string];

  const until = Date.now() + 4_000;
  const writers = Promise.all([advance("one", one, until), advance("two", two, until), slowWriter(slow, until)]);
  const seen: string[] = [];
  const naive = new Set<string>();
  let cursor = start;
  let naiveCursor = start;
  const read = async () => {
    const page = await readTurns(store, cursor);
    seen.push(...page.changes.map((row) => `${row.jobId} ${row.version}`));
    cursor = page.horizon;
    const { rows } = await store.pool.query(
      "select xid::text, x.* from turns, unnest(jobs, versions) as x(job, version) where xid > $1 order by turns.xid",
      [naiveCursor],
    );
    for (const row of rows) naive.add(`${row.job} ${row.version}`);
    naiveCursor = rows.at(-1)?.xid ?? naiveCursor;
  };
  while (Date.now() < until) {
    await read();
    await delay(15);
  }
  await writers;
  // Something else may hold the horizon back for a moment.
  const { rows } = await store.pool.query("select x.* from turns, unnest(jobs, versions) as x(job, version)");
  const all = rows.map((row) => `${row.job} ${row.version}`);
  for (let attempt = 0; seen.length < all.length && attempt < 100; attempt++) {
    await delay(50);
    await read();
  }
  expect(all.length).toBeGreaterThan(100);
  expect(seen.toSorted()).toEqual(all.toSorted());
  expect(naive.size).toBeLessThan(all.length);
});

test("a reader that comes back gets everything visible since, or is told to start over", async () => {
  const lane = openLane(database.url, "resume");
  const job = submission();
  const { jobId } = job.writes;
  await lane.submit([job]);
  const from = await turnsHorizon(store);
  for (const version of [3, 4, 5]) await lane.commit([change(jobId, version)]);
  const page = await resumeTurns(store, from, 100);
  const versions = page?.changes.filter((row) => row.jobId === jobId).map((row) => row.version);
  expect(versions?.slice(-3)).toEqual([4, 5, 6]);
  expect(page?.changes.at(-1)).toMatchObject({ currentVersion: 6, status: "running", state: "working", clientId: 1 });
  expect(await resumeTurns(store, from, 2)).toBeNull();
  expect(await resumeTurns(store, "1", 1_000_000)).toBeNull();
  expect(await resumeTurns(store, "999999999999", 100)).toBeNull();
  expect(await resumeTurns(store, "x'; --", 100)).toBeNull();

  expect(await cleanTurns(store, 0)).toBeGreaterThan(0);
  expect(await resumeTurns(store, from, 1_000_000)).toBeNull();
  expect(await systemIdentifier(store)).toMatch(/^\d+$/);
  await lane.close();
});
