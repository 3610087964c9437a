import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EVENT_KIND } from "@/lib/job-event";
import { TASK_STATUS } from "@/server/engine/job";
import { claimPlaced, placedTaken } from "@/server/store/claim-placed";
import { type Database, openDatabase } from "@/server/store/database";
import { readChangedSessions, readReputations } from "@/server/store/known-workers";
import { acquireLease } from "@/server/store/leases";
import { moveTasks, readPlaced, readUnplaced } from "@/server/store/placement";
import { registerRemoteSession, renewRemoteSession } from "@/server/store/remote-sessions";
import { addReputation, recomputeReputations } from "@/server/store/reputation";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let files: TestDatabase;
let database: Database;

beforeAll(async () => {
  files = await createTestDatabase();
  database = openDatabase(files.url, { max: 4, name: "test" });
});

afterAll(async () => {
  await database?.close();
  await files?.drop();
});

async function job(): Promise<string> {
  const { rows } = await database.pool.query(
    `with b as (insert into blueprints (name, version, hash, document, client_id, shared, source)
       values ($1, 1, $2, '{}', 1, true, 'upload') returning id)
     insert into jobs (id, client_id, blueprint_id, version, status, state, transitions, input, created_at, updated_at)
     select $3, 1, b.id, 1, 1, 's', 1, '{}', now(), now() from b returning id`,
    [randomUUID(), randomUUID(), randomUUID()],
  );
  return rows[0].id;
}

async function unplaced(jobId: string, no: number, type: string, priority = 0): Promise<void> {
  await database.pool.query(
    `insert into tasks (job_id, no, status, type, attempt, fence, losses, priority, params, requirements, created_at)
     values ($1, $2, ${TASK_STATUS.unplaced}, $3, 1, 1, 0, $4, '{"a": 1}', '{"max_cost": 1}', now())`,
    [jobId, no, type, priority],
  );
}

const nothing = { leftOut: [], withParams: [], after: null };
const mine = (type: string) => (task: { type: string }) => task.type === type;

test("unplaced tasks come by priority and age, page by page, without paused types", async () => {
  const id = await job();
  for (const [no, priority] of [
    [1, 0],
    [2, 5],
    [3, 0],
    [4, -1],
    [5, 5],
  ] as const)
    await unplaced(id, no, "paged", priority);
  await unplaced(id, 6, "resting");
  await database.pool.query("insert into queues (type, paused_at) values ('resting', now())");
  const seen: number[] = [];
  let after = null;
  for (;;) {
    const page = await readUnplaced(database, 2, { ...nothing, after });
    seen.push(...page.map(({ no }) => no));
    if (page.length < 2) break;
    after = page.at(-1) ?? null;
  }
  expect(seen).toEqual([2, 5, 1, 3, 4]);
  const [first] = await readUnplaced(database, 1, { ...nothing, withParams: ["paged"] });
  expect(first).toMatchObject({ params: { a: 1 }, wish: '{"max_cost": 1}' });
  expect(await readUnplaced(database, 9, { ...nothing, leftOut: ["paged"] })).toEqual([]);
});

test("a move counts once, under the fence and the lease; a claim takes what waits, once", async () => {
  const id = await job();
  for (const no of [1, 2, 3]) await unplaced(id, no, "moved");
  const epoch = (await acquireLease(database, "dispatcher", "me", 60_000)) as string;
  const lease = { name: "dispatcher", epoch };
  const [a, b] = [randomUUID(), randomUUID()];
  const move = (no: number, from: string | null, to: string | null, fence = 1) => ({ jobId: id, no, fence, from, to });
  expect(await moveTasks(database, [move(1, null, a)], { ...lease, epoch: `${Number(epoch) - 1}` })).toEqual([false]);
  expect(await moveTasks(database, [move(1, null, a), move(2, null, a), move(3, null, a, 2)], lease)).toEqual([
    true,
    true,
    false,
  ]);
  expect(await moveTasks(database, [move(1, null, b), move(2, b, null), move(1, a, b)], lease)).toEqual([
    false,
    false,
    true,
  ]);
  expect((await readPlaced(database, [], 10)).filter(mine("moved")).map(({ no, session }) => [no, session])).toEqual(
    expect.arrayContaining([
      [1, b],
      [2, a],
    ]),
  );
  const claims = [a, b].map((sessionId) => ({ sessionId, limit: 1, types: ["moved"], poll: `poll of ${sessionId}` }));
  expect(await claimPlaced(database, [{ sessionId: a, limit: 1, types: ["other"] }], "remote")).toEqual([]);
  const taken = await Promise.all([claimPlaced(database, claims, "remote"), claimPlaced(database, claims, "remote")]);
  expect(
    taken
      .flat()
      .map(({ no, sessionId }) => [no, sessionId])
      .sort(),
  ).toEqual(
    [
      [1, b],
      [2, a],
    ].sort(),
  );
  expect((await placedTaken(database, a)).map(({ no }) => no)).toEqual([2]);
  expect(await moveTasks(database, [move(2, a, null)], lease)).toEqual([false]);
});

test("a session is read again when something of it changed that the dispatcher looks at", async () => {
  const session = { id: randomUUID(), worker: "changing", skills: ["x"], contracts: null, slots: 1, instance: "i" };
  await registerRemoteSession(database, { ...session, hostname: null, version: null, hotSkills: ["x"] });
  const hear = async () => {
    const { rows } = await readChangedSessions(database, new Date().toISOString());
    return rows.find(({ id }) => id === session.id);
  };
  const age = () => database.pool.query("update worker_sessions set card_at = now() - interval '1 hour'");
  expect(await hear()).toMatchObject({ live: true, hotSkills: ["x"], kind: "http", beat: null });
  const changes: [change: object, isSeen: boolean][] = [
    [{}, false],
    [{ beat: "idle" }, true],
    [{ beat: "idle" }, false],
    [{ hotSkills: [] }, true],
    [{ skills: ["x"] }, false],
    [{ skills: ["x", "y"] }, true],
    [{ draining: true }, true],
    [{ skillCards: { x: { version: "2" } } }, true],
  ];
  for (const [change, isSeen] of changes) {
    await age();
    await renewRemoteSession(database, "changing", change);
    expect([change, (await hear()) !== undefined]).toEqual([change, isSeen]);
  }
});

test("reputations add up within 0 and 1, for remote workers only, and are computed anew from what results say", async () => {
  await registerRemoteSession(database, {
    id: randomUUID(),
    worker: "told-of",
    skills: ["x"],
    contracts: null,
    slots: 1,
    instance: "i",
    hostname: null,
    version: null,
  });
  const read = async () =>
    Object.fromEntries((await readReputations(database, null)).map(({ worker, reputation }) => [worker, reputation]));
  await addReputation(
    database,
    new Map([
      ["told-of", 0.5],
      ["own-worker", -0.5],
    ]),
  );
  expect(await read()).toEqual({ "told-of": 1 });
  await addReputation(database, new Map([["told-of", -0.25]]));
  await addReputation(database, new Map([["told-of", -0.05]]));
  expect((await read())["told-of"]).toBeCloseTo(0.7);
  await addReputation(database, new Map([["told-of", -5]]));
  expect(await read()).toEqual({ "told-of": 0 });
  await addReputation(database, new Map([["told-of", 0.5]]));
  const { rows } = await database.pool.query("select id from jobs limit 1");
  const events = [
    ["task_finished", { worker: "told-of", outcome: "success" }],
    ["task_finished", { worker: "told-of", outcome: "success" }],
    ["task_finished", { worker: "told-of", outcome: "success" }],
    ["task_failed", { worker: "told-of", outcome: "failure" }],
    ["task_failed", { worker: "told-of" }],
  ] as const;
  for (const [index, [kind, data]] of events.entries())
    await database.pool.query(
      "insert into events (job_id, seq, kind, at, data) values (overlay($1::text placing 'ffffffff-ff' from 1 for 11)::uuid, $2, $3, now(), $4)",
      [rows[0].id, index + 1, EVENT_KIND[kind], JSON.stringify(data)],
    );
  const epoch = (await acquireLease(database, "reputations", "me", 60_000)) as string;
  expect(await recomputeReputations(database, { name: "reputations", epoch: "0" }, Date.now())).toBe(0);
  expect(await recomputeReputations(database, { name: "reputations", epoch }, Date.now())).toBe(1);
  expect((await read())["told-of"]).toBeCloseTo(0.7 * 0.75 + 0.3 * 0.5);
});
