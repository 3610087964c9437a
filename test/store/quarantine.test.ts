import { afterAll, beforeAll, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { type Database, openDatabase } from "@/server/store/database";
import { type Lane, openLane } from "@/server/store/lane";
import { quarantineUnread } from "@/server/store/quarantine-unread";
import { readClusterJobs, readClusters } from "@/server/store/reads/quarantine-clusters";
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

test("of 20,000 quarantined jobs the samples and pages of a cluster are read by its index", async () => {
  await store.pool.query("truncate quarantine");
  await store.pool.query(
    `insert into quarantine select gen_random_uuid(), 1, 'orders', md5((g % 20)::text)::uuid, now() from generate_series(1, 20000) g`,
  );
  await store.pool.query("analyze quarantine");
  const clusters = await readClusters(store.pool, null, "orders", 100);
  expect(clusters.map((cluster) => cluster.count)).toEqual(Array.from({ length: 20 }, () => 1000));
  const plan = await planOf((pool) => readClusters(pool, null, null, 100));
  expect(plan).toMatch(
    /Index Only Scan Backward using quarantine_by_fingerprint|Index Scan Backward using quarantine_by_fingerprint/,
  );
  expect(plan.match(/Seq Scan on quarantine/g)).toHaveLength(1);
  const page = { limit: 50, cursor: null };
  const cluster = { fingerprint: clusters[0]?.fingerprint ?? "", clientId: null };
  const pages = await planOf((pool) => readClusterJobs(pool, cluster, page));
  expect(pages).toMatch(/using quarantine_by_fingerprint/);
  expect(pages).not.toMatch(/Seq Scan on quarantine/);
});

/** How the first statement of `work` is carried out. */
async function planOf(work: (pool: Database["pool"]) => Promise<unknown>): Promise<string> {
  let plan = "";
  const query = async (text: string, values: unknown[]) => {
    const { rows } = await store.pool.query(`explain ${text}`, values);
    plan ||= rows.map((row) => row["QUERY PLAN"]).join("\n");
    return { rows: [] };
  };
  await work({ query } as never);
  return plan;
}
