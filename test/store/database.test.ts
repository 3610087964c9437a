import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "@/server/store/database";
import { isDataError, isTransient } from "@/server/store/errors";
import { openLane } from "@/server/store/lane";
import { inTransaction } from "@/server/store/transaction";
import { submission } from "@/test/store/factory";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let administrator: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  administrator = openDatabase(database.url, { max: 2, name: "administrator" });
});

afterAll(async () => {
  await administrator.close();
  await database.drop();
});

async function kill(name: string): Promise<void> {
  await administrator.pool.query(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1",
    [name],
  );
}

const failureOf = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);

test("a transaction whose begin fails gives its connection back", async () => {
  const store = openDatabase(database.url, { max: 1, name: "begin" });
  const bad = store.db.transaction(async () => 1, { isolationLevel: "nonsense" as never });
  await expect(bad).rejects.toThrow();
  await expect(store.db.execute(sql`select 1`)).resolves.toBeDefined();
  await store.close();
});

test("a backend killed inside a transaction takes all of it back, and the pool goes on", async () => {
  const store = openDatabase(database.url, { max: 1, name: "inside" });
  const insert = (client: { query(text: string): Promise<unknown> }, type: string) =>
    client.query(`insert into queues (type) values ('${type}')`);
  const failure = await failureOf(
    inTransaction(store.pool, async (client) => {
      await insert(client, "one");
      await kill("inside");
      await insert(client, "two");
    }),
  );
  expect(isTransient(failure)).toBe(true);
  await inTransaction(store.pool, (client) => insert(client, "three"));
  expect((await store.pool.query("select type from queues")).rows).toEqual([{ type: "three" }]);
  await store.close();
});

test("what a transaction throws comes out, and nothing of it stays", async () => {
  const store = openDatabase(database.url, { max: 1, name: "throws" });
  const failure = store.db.transaction(async (tx) => {
    await tx.execute(sql`insert into queues (type) values ('never')`);
    throw new Error("no");
  });
  await expect(failure).rejects.toThrow("no");
  expect((await store.pool.query("select from queues where type = 'never'")).rowCount).toBe(0);
  await store.close();
});

test("connections killed while idle are only told of, and replaced", async () => {
  const told: Error[] = [];
  const store = openDatabase(database.url, { max: 2, name: "idle", onError: (error) => told.push(error) });
  await store.pool.query("select 1");
  await kill("idle");
  await expect.poll(() => told.length).toBeGreaterThan(0);
  expect(isTransient(told[0])).toBe(true);
  await expect(store.pool.query("select 1")).resolves.toBeDefined();
  await store.close();
});

test("a lane whose connection was killed finds back by itself and then closes", async () => {
  const lane = openLane(database.url, "killed lane");
  await lane.submit([submission()]);
  await kill("killed lane");
  const [first, second] = [await failureOf(lane.submit([submission()])), await failureOf(lane.submit([submission()]))];
  expect(first === undefined || isTransient(first)).toBe(true);
  expect(second).toBeUndefined();
  await lane.close();
  expect(isTransient(await failureOf(lane.load([])))).toBe(true);
});

test("a lane without a server fails with a transient error, again and again", async () => {
  const lane = openLane("postgres://nobody@127.0.0.1:1/none", "no server");
  for (let attempt = 0; attempt < 3; attempt++) expect(isTransient(await failureOf(lane.load([])))).toBe(true);
  await lane.close();
});

test("errors are told apart: try again, the data is bad, neither", async () => {
  const query = (text: string) => failureOf(administrator.pool.query(text));
  const wrapped = await failureOf(administrator.db.execute(sql`select 1 / 0`));
  expect([isDataError(wrapped), isTransient(wrapped)]).toEqual([true, false]);
  const timeout = await query("set statement_timeout = 1; select pg_sleep(1)");
  expect([isDataError(timeout), isTransient(timeout)]).toEqual([false, true]);
  const syntax = await query("selec");
  expect([isDataError(syntax), isTransient(syntax)]).toEqual([false, false]);
  expect([isDataError(new Error("x")), isTransient(null), isDataError(undefined)]).toEqual([false, false, false]);
});
