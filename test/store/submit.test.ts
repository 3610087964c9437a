import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "@/server/store/database";
import { type Lane, openLane } from "@/server/store/lane";
import { submission } from "@/test/store/factory";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let store: Database;
let lanes: Lane[];

beforeAll(async () => {
  database = await createTestDatabase();
  store = openDatabase(database.url, { max: 2, name: "test" });
  lanes = Array.from({ length: 10 }, (_, index) => openLane(database.url, `lane ${index}`));
});

afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()));
  await store.close();
  await database.drop();
});

const hash = (...bytes: number[]) => new Uint8Array(bytes);
const keyed = (key: string, requestHash = hash(1, 2, 3), clientId = 1) =>
  submission({ clientId, idempotency: { key, requestHash } });
const lane = (index: number) => lanes[index % lanes.length] as Lane;

async function counts(): Promise<Record<string, number>> {
  const { rows } = await store.pool.query(
    `select (select count(*)::int from jobs) as jobs, (select count(*)::int from tasks) as tasks, (select count(*)::int from events) as events,
     (select count(*)::int from idempotency) as keys`,
  );
  return rows[0];
}

test("fifty concurrent submissions with one key make one job", async () => {
  const before = await counts();
  const results = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => (await lane(index).submit([keyed("same")]))[0]),
  );
  expect(results.filter((result) => result?.created)).toHaveLength(1);
  expect(new Set(results.map((result) => result?.jobId)).size).toBe(1);
  expect(results.some((result) => result?.conflict)).toBe(false);
  const after = await counts();
  expect(after).toEqual({
    jobs: before.jobs! + 1,
    tasks: before.tasks! + 1,
    events: before.events! + 3,
    keys: before.keys! + 1,
  });
});

test("the same key with another request is a conflict; of another client it is another key", async () => {
  const [first] = await lane(0).submit([keyed("k", hash(1))]);
  expect(await lane(1).submit([keyed("k", hash(2))])).toEqual([
    { jobId: first?.jobId, created: false, conflict: true },
  ]);
  const [other] = await lane(1).submit([keyed("k", hash(2), 2)]);
  expect(other).toMatchObject({ created: true, conflict: false });
});

test("a batch may hold one key several times, beside jobs without one", async () => {
  const batch = [keyed("b"), submission(), keyed("b"), keyed("b", hash(9)), submission()];
  const results = await lane(0).submit(batch);
  expect(results).toEqual([
    { jobId: batch[0]!.writes.jobId, created: true, conflict: false },
    { jobId: batch[1]!.writes.jobId, created: true, conflict: false },
    { jobId: batch[0]!.writes.jobId, created: false, conflict: false },
    { jobId: batch[0]!.writes.jobId, created: false, conflict: true },
    { jobId: batch[4]!.writes.jobId, created: true, conflict: false },
  ]);
});

test("batches that share keys in opposite orders do not block each other for good", async () => {
  const keys = Array.from({ length: 40 }, (_, index) => `order-${index}`);
  const results = await Promise.all(
    lanes.map((each, index) => each.submit((index % 2 ? keys.toReversed() : keys).map((key) => keyed(key)))),
  );
  expect(results.flat().filter((result) => result.created)).toHaveLength(keys.length);
});

test("a job that ends at once, with result and labels, is stored whole", async () => {
  const job = submission({ labels: { team: "a b" }, writes: { status: 20, result: { ok: 1 }, newTasks: [] } });
  await lane(0).submit([job]);
  const { jobs } = await lane(1).load([job.writes.jobId]);
  expect(jobs[0]).toMatchObject({ status: "finished", result: { ok: 1 }, labels: { team: "a b" }, version: 3 });
});

test("jobs that were inserted are answered, even when the look at a key of the same batch fails", async () => {
  const [taken] = await lane(0).submit([keyed("taken")]);
  // From its first job on, the connection of this lane finds no table any more.
  await store.pool.query(`create function lose_tables() returns trigger language plpgsql as $$ begin
      if new.client_id = 77 then perform set_config('search_path', 'nowhere', false); end if; return new; end $$;
    create trigger lose_tables after insert on jobs for each row execute function lose_tables()`);
  const blind = openLane(database.url, "blind");
  const batch = [submission({ clientId: 77 }), keyed("taken"), keyed("fresh")];
  const [plain, old, fresh] = await blind.submit(batch).finally(() => blind.close());
  await store.pool.query("drop trigger lose_tables on jobs; drop function lose_tables");
  expect(plain).toEqual({ jobId: batch[0]!.writes.jobId, created: true, conflict: false });
  expect(fresh).toEqual({ jobId: batch[2]!.writes.jobId, created: true, conflict: false });
  expect(old).toMatchObject({ created: false, error: { message: expect.stringContaining("idempotency") } });
  expect(await lane(1).submit([keyed("taken")])).toEqual([{ jobId: taken?.jobId, created: false, conflict: false }]);
});
