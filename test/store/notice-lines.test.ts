import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "@/server/store/database";
import { createNoticeLines } from "@/server/store/notice-lines";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let admin: Database;
const closing: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  admin = openDatabase(database.url, { max: 1, name: "test admin" });
});
afterAll(async () => {
  for (const one of closing) await one.close();
  await admin.close();
  await database.drop();
});

function process(name: string) {
  const errors: Error[] = [];
  const lines = createNoticeLines({ url: database.url, name, onError: (error) => errors.push(error) });
  closing.push(lines);
  const heard: string[] = [];
  lines.subscribe((line) => heard.push(line));
  return { lines, heard, errors };
}

const listening = async (count: number) =>
  until("the connections are there", async () => {
    const { rows } = await admin.pool.query(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name like 'test lines%' and query like 'listen%' or query like 'select pg_notify%' and application_name like 'test lines%'",
    );
    return rows[0].n >= count;
  });

test("lines reach every process once, the own one as well, many and long ones", async () => {
  const [a, b] = [process("test lines a"), process("test lines b")];
  await listening(2);
  const said = Array.from({ length: 200 }, (_, i) => `line ${i} "é" ${"x".repeat(i * 10)}`);
  for (const line of said) a.lines.publish(line);
  await until("all are there", async () => a.heard.length >= 200 && b.heard.length >= 200);
  expect(a.heard).toEqual(said);
  expect(b.heard).toEqual(said);
  a.lines.publish("y".repeat(10_000));
  a.lines.publish("after");
  await until("the last is there", async () => b.heard.at(-1) === "after");
  // Too long for a payload: it stays where it was said.
  expect(b.heard).toHaveLength(201);
  expect(a.heard).toHaveLength(202);
});

test("a connection that was cut is made again; meanwhile the process hears itself", async () => {
  const [c, d] = [process("test lines c"), process("test lines d")];
  await listening(4);
  await admin.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name in ('test lines c', 'test lines d')",
  );
  await until("both know", async () => c.errors.length > 0 && d.errors.length > 0);
  c.lines.publish("alone");
  await until("it hears itself", async () => c.heard.includes("alone"));
  await until("they hear each other again", async () => {
    d.lines.publish("back");
    return c.heard.includes("back");
  });
});
