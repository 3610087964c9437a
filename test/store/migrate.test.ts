import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { EVENT_KIND, TIMER_KINDS } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import { APPROVAL_STATUS } from "@/server/engine/writes";
import { migrate } from "@/server/store/migrate";
import { lowestIdAt } from "@/server/store/partitions";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

function folderWith(migrations: Record<string, string>): string {
  const folder = mkdtempSync(join(inject("runFolder"), "drizzle-"));
  mkdirSync(join(folder, "meta"));
  const entries = Object.keys(migrations).map((tag, idx) => ({ idx, tag }));
  writeFileSync(join(folder, "meta", "_journal.json"), JSON.stringify({ entries }));
  for (const [tag, sql] of Object.entries(migrations)) writeFileSync(join(folder, `${tag}.sql`), sql);
  return folder;
}

test("an empty database is migrated once, however many processes try at the same time", async () => {
  await client.query("drop schema public cascade; create schema public");
  const lines: string[] = [];
  await Promise.all(Array.from({ length: 4 }, () => migrate(database.url, (line) => lines.push(line))));
  expect(lines.filter((line) => line.includes("0000_first"))).toHaveLength(1);
  lines.length = 0;
  await migrate(database.url, (line) => lines.push(line));
  expect(lines).toEqual([]);
  const { rows } = await client.query("select id, name from clients");
  expect(rows).toEqual([{ id: 1, name: "operators" }]);
});

test("events have a partition for last month, this one and three to come, and one for the rest", async () => {
  const { rows } = await client.query(
    "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'events'::regclass",
  );
  const now = new Date();
  const months = [-1, 0, 1, 2, 3].map((offset) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1));
    return `events_${month.getUTCFullYear()}_${String(month.getUTCMonth() + 1).padStart(2, "0")}`;
  });
  expect(rows.map((row) => row.name).toSorted()).toEqual([...months, "events_default"].toSorted());
  const today = lowestIdAt(now.getTime());
  await client.query("insert into events values ($1, 1, 1, now(), null)", [today]);
  const { rows: where } = await client.query("select tableoid::regclass::text as name from events where job_id = $1", [
    today,
  ]);
  expect(where).toEqual([{ name: months[1] }]);
});

test("the checks in the database are the vocabularies of the code", async () => {
  const codes = async (constraint: string) => {
    const { rows } = await client.query(
      "select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1 and conparentid = 0",
      [constraint],
    );
    return [...(/ARRAY\[([^\]]*)\]/.exec(rows[0]?.text)?.[1] ?? "").matchAll(/\d+/g)].map(Number);
  };
  const sorted = (values: number[]) => values.toSorted((a, b) => a - b);
  expect(await codes("jobs_status")).toEqual(sorted(Object.values(JOB_STATUS).map((status) => status.code)));
  expect(await codes("events_kind")).toEqual(sorted(Object.values(EVENT_KIND)));
  expect(await codes("tasks_status")).toEqual(sorted(Object.values(TASK_STATUS)));
  expect(await codes("timers_kind")).toEqual(sorted(Object.values(TIMER_KINDS)));
  expect(await codes("approvals_status")).toEqual(sorted(Object.values(APPROVAL_STATUS)));
});

test("a migration that fails leaves nothing behind and says which one it was", async () => {
  const good = "create table extra_one (a int)";
  const bad = "create table extra_two (a int);\n--> statement-breakpoint\nselect 1 / 0";
  const folder = folderWith({ "9000_good": good, "9001_bad": bad });
  await expect(migrate(database.url, undefined, folder)).rejects.toThrow(/9001_bad failed: division by zero/);
  const { rows } = await client.query("select to_regclass('extra_one') as one, to_regclass('extra_two') as two");
  expect(rows).toEqual([{ one: "extra_one", two: null }]);
  // Another branch's migration comes with a lower number than one that is applied already.
  await migrate(
    database.url,
    undefined,
    folderWith({ "8999_late": "create table extra_late (a int)", "9000_good": good }),
  );
  const late = await client.query("select to_regclass('extra_late') as late");
  expect(late.rows).toEqual([{ late: "extra_late" }]);
});

test("without a folder of migrations it says where it looked", async () => {
  await expect(migrate(database.url, undefined, "/nowhere")).rejects.toThrow(/nowhere/);
});
