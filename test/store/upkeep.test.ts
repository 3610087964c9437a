import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "@/server/store/database";
import { openLane } from "@/server/store/lane";
import { acquireLease, listLeases } from "@/server/store/leases";
import { keepStore } from "@/server/store/upkeep";
import { change, submission } from "@/test/store/factory";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let store: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openDatabase(database.url, { max: 2, name: "test" });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

test("upkeep makes months, cuts the log, and keeps a key until a day after its job has ended", async () => {
  const lane = openLane(database.url, "upkeep");
  const keyed = (key: string) => submission({ idempotency: { key, requestHash: new Uint8Array([1]) } });
  const [open, ended, old] = [keyed("open"), keyed("ended"), keyed("old")];
  await lane.submit([open, ended, old]);
  for (const { writes } of [ended, old]) await lane.commit([change(writes.jobId, 3, { status: 20 })]);
  await acquireLease(store, "engine:gone", "gone", 1_000);
  await acquireLease(store, "engine:here", "here", 60_000);
  const newest = (
    await store.pool.query(
      "select partition from (select max(inhrelid::regclass::text) as partition from pg_inherits where inhparent = 'events'::regclass and inhrelid::regclass::text <> 'events_default') t",
    )
  ).rows[0].partition;
  await store.pool.query(`drop table ${newest}`);
  await store.pool.query("update idempotency set created_at = now() - interval '3 days'");
  await store.pool.query("update jobs set finished_at = now() - interval '2 days' where id = $1", [old.writes.jobId]);
  await store.pool.query("update turns set at = now() - interval '2 days' where xid < (select max(xid) from turns)");
  await store.pool.query("update leases set until = now() - interval '2 days' where name = 'engine:gone'");

  const report = await keepStore(store);
  expect(report).toMatchObject({ partitions: [newest], keys: 1 });
  expect(report.turns).toBeGreaterThan(0);
  expect((await store.pool.query("select key from idempotency order by key")).rows).toEqual([
    { key: "ended" },
    { key: "open" },
  ]);
  expect((await listLeases(store, "engine:")).map((lease) => lease.name)).toEqual(["engine:here"]);
  expect(await keepStore(store)).toEqual({ partitions: [], turns: 0, keys: 0, sessions: 0 });
  await lane.close();
});
