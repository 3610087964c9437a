import { afterAll, beforeAll, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { type Database, openDatabase } from "@/server/store/database";
import { type Lane, openLane } from "@/server/store/lane";
import { quarantineUnread } from "@/server/store/quarantine-unread";
import { change, submission } from "@/test/store/factory";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let store: Database;
let lane: Lane;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openDatabase(database.url, { max: 2, name: "test" });
  lane = openLane(database.url, "quarantine");
});
afterAll(async () => {
  await lane.close();
  await store.close();
  await database.drop();
});

const rows = async () =>
  (await store.pool.query("select job_id, fingerprint, at from quarantine order by job_id")).rows;
const normalised = async (message: string) =>
  (await store.pool.query("select normalised_message($1) as text", [message])).rows[0].text;

test.each([
  ["File 17 of 23 is damaged at 12:30:05", "File <n> of <n> is damaged at <n>"],
  ["no row 019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b here", "no row <id> here"],
  ["digest 9f86d081884c7d659a2feaa0c55ad015 differs", "digest <id> differs"],
  ["the address 'Elm Street' and \"B 12\" are wrong", "the address <value> and <value> are wrong"],
  ["can't read it, don't ask", "can't read it, don't ask"],
  ["  two\n\n lines ", "two lines"],
  ["", ""],
])("what differs from job to job goes out of %j", async (message, expected) => {
  expect(await normalised(message)).toBe(expected);
});

test("a message of any length and nesting of quotes is normalised to a bounded one", async () => {
  expect((await normalised("'\"`".repeat(100_000))).length).toBeLessThanOrEqual(500);
  expect((await normalised("word ".repeat(200_000))).length).toBe(500);
});

test("whoever writes a job keeps its row: into quarantine, within it, out of it, away", async () => {
  const one = submission();
  const id = one.writes.jobId;
  await lane.submit([one]);
  expect(await rows()).toEqual([]);
  const error = (message: string) => ({ code: "PERMANENT_ERROR", message });
  const quarantined = { status: JOB_STATUS.quarantined.code };
  await lane.commit([change(id, 3, { ...quarantined, error: error("row 1 is bad") })]);
  const [first] = await rows();
  expect(first).toMatchObject({ job_id: id });
  await lane.commit([change(id, 4, { ...quarantined, error: error("row 2 is bad") })]);
  expect(await rows()).toEqual([first]);
  await lane.commit([change(id, 5, { ...quarantined, error: error("another cause") })]);
  expect((await rows())[0].fingerprint).not.toBe(first.fingerprint);
  await lane.commit([change(id, 6, { status: JOB_STATUS.running.code, error: null })]);
  expect(await rows()).toEqual([]);
  expect(await quarantineUnread(store, { id, version: 7 }, { code: "BROKEN", message: "nobody can read it" })).toBe(
    true,
  );
  expect(await rows()).toHaveLength(1);
  await store.pool.query("delete from jobs where id = $1", [id]);
  expect(await rows()).toEqual([]);
});

test("a job that is quarantined by its very first change is there too, and one whose error cannot be read", async () => {
  const status = JOB_STATUS.quarantined.code;
  const born = submission({ writes: { status, newTasks: [], error: { code: "X", message: "at once" } } });
  await lane.submit([born]);
  await store.pool.query(
    `update jobs set status = 9, error = '{"code": "X", "message": "a \\u0000 within"}' where id = $1`,
    [born.writes.jobId],
  );
  expect(await rows()).toHaveLength(1);
});
