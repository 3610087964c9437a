import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TASK_STATUS } from "@/server/engine/job";
import { claimPlaced } from "@/server/store/claim-placed";
import { type Database, openDatabase } from "@/server/store/database";
import { handedToPolls } from "@/server/store/hand-out-facts";
import { acquireLease } from "@/server/store/leases";
import { moveTasks } from "@/server/store/placement";
import { takeBackHandOuts } from "@/server/store/remote-hand-outs";
import { beginStsFamily, exchangeStsRefresh } from "@/server/store/sts-tokens";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

// What several processes do to one task at once, or a second time because an answer was lost.

let files: TestDatabase;
let database: Database;

beforeAll(async () => {
  files = await createTestDatabase();
  database = openDatabase(files.url, { max: 8, name: "test" });
});

afterAll(async () => {
  await database?.close();
  await files?.drop();
});

/** A job with so many tasks that wait at the session. */
async function waitingAt(session: string, count: number): Promise<string> {
  const { rows } = await database.pool.query(
    `with b as (insert into blueprints (name, version, hash, document, client_id, shared, source)
       values ($1, 1, $2, '{}', 1, true, 'upload') returning id)
     insert into jobs (id, client_id, blueprint_id, version, status, state, transitions, input, created_at, updated_at)
     select $3, 1, b.id, 1, 1, 's', 1, '{}', now(), now() from b returning id`,
    [randomUUID(), randomUUID(), randomUUID()],
  );
  await database.pool.query(
    `insert into tasks (job_id, no, status, type, worker, attempt, fence, losses, params, requirements, created_at)
     select $1, n, ${TASK_STATUS.placed}, 'gpu', $2, 1, 1, 0, '{}', '{"max_cost": 1}', now() from generate_series(1, $3::int) n`,
    [rows[0].id, session, count],
  );
  return rows[0].id;
}

async function rowsOf(jobId: string): Promise<{ no: number; status: number; worker: string | null }[]> {
  const { rows } = await database.pool.query("select no, status, worker from tasks where job_id = $1 order by no", [
    jobId,
  ]);
  return rows;
}

test("polls of one session at several processes take each task once", async () => {
  const session = randomUUID();
  const job = await waitingAt(session, 20);
  const claim = () =>
    claimPlaced(database, [{ sessionId: session, limit: 1, types: null, poll: randomUUID() }], "remote");
  const taken: number[] = [];
  for (let round = 0; round < 40 && taken.length < 20; round += 1) {
    const answers = await Promise.all(Array.from({ length: 6 }, claim));
    taken.push(...answers.flat().map(({ no }) => no));
  }
  expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect((await rowsOf(job)).every(({ status }) => status === TASK_STATUS.running)).toBe(true);
});

test("a task is taken or moved on, never both", async () => {
  const [session, other] = [randomUUID(), randomUUID()];
  const job = await waitingAt(session, 60);
  const epoch = await acquireLease(database, "at-once", "test", 60_000);
  const lease = { name: "at-once", epoch: epoch as string };
  const moves = Array.from({ length: 60 }, (_, index) => ({
    jobId: job,
    no: index + 1,
    fence: 1,
    from: session,
    to: other,
  }));
  const claims = Array.from({ length: 4 }, () =>
    claimPlaced(database, [{ sessionId: session, limit: 12, types: null }], "remote"),
  );
  const [moved, ...taken] = await Promise.all([moveTasks(database, moves, lease), ...claims]);
  const running = new Set(taken.flat().map(({ no }) => no));
  for (const { no, status, worker } of await rowsOf(job)) {
    const isTaken = running.has(no);
    expect([no, isTaken, moved[no - 1]]).not.toEqual([no, true, true]);
    expect([no, status, worker]).toEqual([
      no,
      isTaken ? TASK_STATUS.running : TASK_STATUS.placed,
      isTaken || !moved[no - 1] ? session : other,
    ]);
  }
  const [first] = running;
  const after = await moveTasks(
    database,
    [{ jobId: job, no: first as number, fence: 1, from: session, to: null }],
    lease,
  );
  expect(after).toEqual([false]);
});

test("who was the dispatcher moves nothing", async () => {
  const session = randomUUID();
  const job = await waitingAt(session, 1);
  const epoch = (await acquireLease(database, "was-dispatcher", "first", 60_000)) as string;
  await database.pool.query("update leases set until = now() - interval '1 second' where name = 'was-dispatcher'");
  await acquireLease(database, "was-dispatcher", "second", 60_000);
  const move = { jobId: job, no: 1, fence: 1, from: session, to: null };
  expect(await moveTasks(database, [move], { name: "was-dispatcher", epoch })).toEqual([false]);
  expect(await rowsOf(job)).toMatchObject([{ status: TASK_STATUS.placed, worker: session }]);
});

test("what another process has given again is not taken back by the one whose answer was lost", async () => {
  const session = randomUUID();
  const job = await waitingAt(session, 1);
  const [claimed] = await claimPlaced(database, [{ sessionId: session, limit: 1, types: null, poll: "p1" }], "remote");
  expect(claimed).toMatchObject({ jobId: job, no: 1 });
  const asked = { sessionId: session, requestId: "p1" };
  const [again, twin] = await handedToPolls(database, [asked, asked]);
  expect(again).toMatchObject({ jobId: job, no: 1, fence: 1 });
  expect(twin).toEqual(again);
  const lost = { jobId: job, no: 1, fence: 1, sessionId: session };
  await takeBackHandOuts(database, [{ ...lost, poll: "p1" }]);
  expect(await rowsOf(job)).toMatchObject([{ status: TASK_STATUS.running, worker: session }]);
  const [third] = await handedToPolls(database, [asked]);
  await takeBackHandOuts(database, [{ ...lost, poll: again?.poll }]);
  expect(await rowsOf(job)).toMatchObject([{ status: TASK_STATUS.running, worker: session }]);
  await takeBackHandOuts(database, [{ ...lost, poll: third?.poll }]);
  expect(await rowsOf(job)).toMatchObject([{ status: TASK_STATUS.unplaced, worker: null }]);
  expect(await handedToPolls(database, [asked, { sessionId: session, requestId: "p2" }])).toEqual([null, null]);
});

test("nothing is made in a family of tokens that is over", async () => {
  const bytes = () => Buffer.from(randomUUID());
  const pair = () => ({ access: bytes(), refresh: bytes(), accessTtlMs: 60_000, refreshTtlMs: 60_000 });
  const family = { worker: "w", family: randomUUID(), origin: "token", tokenId: null } as const;
  const first = pair();
  expect(await beginStsFamily(database, family, first, null)).toBe(true);
  expect(await beginStsFamily(database, family, pair(), null)).toBe(true);
  const exchange = (lostAnswerMs: number) =>
    exchangeStsRefresh(database, first.refresh, {
      ...{ worker: "w", next: pair(), presented: null, seal: () => null, origins: ["token"], lostAnswerMs },
      oldAccessMs: 1_000,
    });
  expect(await exchange(10_000)).toMatchObject({ outcome: "exchanged", repeated: false });
  expect(await exchange(10_000)).toMatchObject({ outcome: "exchanged", repeated: true });
  expect(await exchange(-1)).toMatchObject({ outcome: "reused" });
  expect(await beginStsFamily(database, family, pair(), null)).toBe(false);
});
