import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "@/server/store/database";
import { openLane } from "@/server/store/lane";
import { acquireLease, listLeases } from "@/server/store/leases";
import { createSelection, dropSurplus } from "@/server/store/selections";
import { keepStore, removeOldKeys } from "@/server/store/upkeep";
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
  expect(await keepStore(store)).toEqual({
    partitions: [],
    turns: 0,
    keys: 0,
    sessions: 0,
    selections: 0,
    stsTokens: 0,
  });
  await lane.close();
});

test("keys go in bounded statements; the key of an open job stays, however old, also when the job had ended before", async () => {
  const lane = openLane(database.url, "keys");
  const keyed = Array.from({ length: 23 }, (_, index) =>
    submission({ idempotency: { key: `many-${String(index).padStart(2, "0")}`, requestHash: new Uint8Array([1]) } }),
  );
  await lane.submit(keyed);
  const ids = keyed.map(({ writes }) => writes.jobId);
  const ended = ids.filter((_, index) => index % 3 !== 0);
  for (const id of ended) await lane.commit([change(id, 3, { status: 20 })]);
  const again = ended.slice(0, 2);
  for (const id of again) await lane.commit([change(id, 4, { status: 1, reopen: true })]);
  await store.pool.query("update idempotency set created_at = now() - interval '1 year' where key like 'many-%'");
  await store.pool.query("update jobs set finished_at = now() - interval '25 hours' where finished_at is not null");
  const kept = ids.filter((id) => !ended.includes(id) || again.includes(id));
  expect(await removeOldKeys(store, 24 * 3_600_000, 5)).toBe(ids.length - kept.length + 1);
  const { rows } = await store.pool.query("select job_id from idempotency where key like 'many-%' order by key");
  expect(rows.map((row) => row.job_id)).toEqual(kept);
  await lane.close();
});

test("a selection that nobody uses goes after its hour with all its jobs; one that is used stays as long as its bulk job", async () => {
  const owner = { kind: "client", id: "1" } as const;
  const { writes } = submission();
  const lane = openLane(database.url, "selections");
  await lane.submit([submission({ writes: { jobId: writes.jobId } })]);
  const make = async () => {
    const id = randomUUID();
    await createSelection(store, { id, owner, filter: { clientId: 1 }, limit: 7, ttlMs: 3_600_000 });
    return id;
  };
  const [fresh, unused, used, orphan] = [await make(), await make(), await make(), await make()];
  const past = "expires_at = now() - interval '2 days'";
  await store.pool.query(`update selections set ${past} where id = $1`, [unused]);
  await store.pool.query(
    `update selections set ${past}, used_at = now() - interval '2 days', job_id = $2 where id = $1`,
    [used, writes.jobId],
  );
  await store.pool.query(
    `update selections set ${past}, used_at = now() - interval '2 days', job_id = $2 where id = $1`,
    [orphan, randomUUID()],
  );
  expect(await keepStore(store)).toMatchObject({ selections: 2 });
  const left = async (table: string, column: string) =>
    (await store.pool.query(`select distinct ${column} as id from ${table}`)).rows.map((row) => row.id).toSorted();
  expect(await left("selections", "id")).toEqual([fresh, used].toSorted());
  expect(await left("selection_items", "selection_id")).toEqual([fresh, used].toSorted());
  await lane.close();
});

test("of one owner's unused selections the oldest go when there are too many; used ones and others' stay", async () => {
  const make = async (owner: string) => {
    const id = randomUUID();
    const wish = {
      id,
      owner: { kind: "operator", id: owner } as const,
      filter: { clientId: null },
      limit: 3,
      ttlMs: 9e6,
    };
    await createSelection(store, wish);
    return id;
  };
  const others = await make("8");
  const [used, oldest, middle, newest] = [await make("7"), await make("7"), await make("7"), await make("7")];
  await store.pool.query("update selections set used_at = now() where id = $1", [used]);
  await dropSurplus(store, { kind: "operator", id: "7" }, 2);
  const kept = await store.pool.query("select id from selections where owner_kind = 'operator' order by created_at");
  expect(kept.rows.map((row) => row.id)).toEqual([others, used, middle, newest]);
  const { rows } = await store.pool.query("select 1 from selection_items where selection_id = $1", [oldest]);
  expect(rows).toEqual([]);
});
