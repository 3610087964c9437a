import { v7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimForWorker } from "@/server/store/claim";
import { clientByTokenHash, putClient } from "@/server/store/clients";
import { databaseNow } from "@/server/store/clock";
import { type Database, openDatabase } from "@/server/store/database";
import { openLane } from "@/server/store/lane";
import {
  acquireLease,
  acquireLeases,
  type HeldLease,
  listLeases,
  releaseLeases,
  renewLeases,
} from "@/server/store/leases";
import {
  endedSessionsWithTasks,
  endSession,
  expiredSessions,
  expireSession,
  registerSession,
  removeOldSessions,
  renewSession,
  sessionById,
  tasksOfSession,
} from "@/server/store/sessions";
import { insertSignals, SignalReader } from "@/server/store/signals";
import { changeTransport, readTransport } from "@/server/store/transport";
import { putWorkerToken, workerTokenByHash } from "@/server/store/worker-tokens";
import { change, FIRST_TASK, submission } from "@/test/store/factory";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let store: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openDatabase(database.url, { max: 8, name: "test", hot: true });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const LEASE_MS = 30_000;

async function newSession(): Promise<string> {
  const id = v7();
  await registerSession(store, { id, worker: "w", kind: "own", skills: ["resize"], slots: 4 });
  return id;
}

function signalFlag(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function lapse(id: string): Promise<void> {
  await store.pool.query("update worker_sessions set renewed_at = now() - interval '31 s' where id = $1", [id]);
}

async function aLease(): Promise<HeldLease> {
  return { name: "housekeeper", epoch: (await acquireLease(store, "housekeeper", "me", 60_000)) ?? "" };
}

test("a session is renewed, expires, and lives again under a new epoch", async () => {
  const id = await newSession();
  expect(await sessionById(store, id)).toMatchObject({
    worker: "w",
    kind: "own",
    epoch: "1",
    status: "live",
    slots: 4,
  });
  expect(await renewSession(store, id, { draining: true })).toEqual({ epoch: "1", revived: false });
  const lease = await aLease();
  expect(await expireSession(store, id, LEASE_MS, lease)).toBe(false);
  await lapse(id);
  expect((await expiredSessions(store, LEASE_MS)).map((session) => session.id)).toEqual([id]);
  expect(await expireSession(store, id, LEASE_MS, { ...lease, epoch: "0" })).toBe(false);
  expect(await expireSession(store, id, LEASE_MS, lease)).toBe(true);
  expect(await expireSession(store, id, LEASE_MS, lease)).toBe(false);
  expect(await expiredSessions(store, LEASE_MS)).toEqual([]);
  expect(await renewSession(store, id)).toEqual({ epoch: "2", revived: true });
  expect(await sessionById(store, id)).toMatchObject({ status: "live", draining: true });
  expect(await renewSession(store, v7())).toBeNull();
});

test("what a session holds is known until it is given away", async () => {
  const lane = openLane(database.url, "sessions");
  const job = submission();
  await lane.submit([job]);
  const id = await newSession();
  await claimForWorker(store, ["resize"], 5, id);
  const held = [{ jobId: job.writes.jobId, no: FIRST_TASK, fence: 1, type: "resize", own: true }];
  expect(await tasksOfSession(store, id)).toEqual(held);
  expect(await endedSessionsWithTasks(store)).toEqual([]);
  await endSession(store, id);
  expect(await endedSessionsWithTasks(store)).toEqual([id]);
  await lapse(id);
  expect(await removeOldSessions(store, 1_000)).toBe(0);
  await lane.commit([change(job.writes.jobId, 3, { goneTasks: [{ no: FIRST_TASK, type: "resize" }] })]);
  expect(await tasksOfSession(store, id)).toEqual([]);
  expect(await removeOldSessions(store, 1_000)).toBe(1);
  await lane.close();
});

test("a lease is held by one, renewed under its epoch, and taken when it lapses or is released", async () => {
  const wins = await Promise.all(
    Array.from({ length: 8 }, (_, index) => acquireLease(store, "due", `e${index}`, 5_000)),
  );
  expect(wins.filter((epoch) => epoch !== null)).toEqual(["1"]);
  const holder = `e${wins.indexOf("1")}`;
  expect(await acquireLease(store, "due", holder, 5_000)).toBe("1");
  expect(await renewLeases(store, [{ name: "due", epoch: "1" }], holder, 5_000)).toEqual(new Set(["due"]));
  expect(await renewLeases(store, [{ name: "due", epoch: "1" }], "thief", 5_000)).toEqual(new Set());
  await store.pool.query("update leases set until = now() - interval '1 ms'");
  expect(await renewLeases(store, [{ name: "due", epoch: "1" }], holder, 5_000)).toEqual(new Set());
  expect(await acquireLease(store, "due", "thief", 5_000)).toBe("2");
  expect(await renewLeases(store, [{ name: "due", epoch: "1" }], holder, 5_000)).toEqual(new Set());
  await releaseLeases(store, ["due"], holder);
  expect(await acquireLease(store, "due", holder, 5_000)).toBeNull();
  await releaseLeases(store, ["due"], "thief");
  expect(await acquireLease(store, "due", holder, 5_000)).toBe("3");
});

test("leases in batches: each partition goes to one engine", async () => {
  const names = Array.from({ length: 16 }, (_, index) => `partition:${index}`);
  const taken = await Promise.all(
    ["a", "b", "c"].map((holder, index) => acquireLeases(store, index % 2 ? names.toReversed() : names, holder, 5_000)),
  );
  expect(taken.reduce((sum, leases) => sum + leases.size, 0)).toBe(16);
  const listed = await listLeases(store, "partition:");
  expect(listed).toHaveLength(16);
  expect(listed.every((lease) => lease.live)).toBe(true);
});

test("a signal is read once while it is under way, again when it is released, never after its commit", async () => {
  const lane = openLane(database.url, "signals");
  const jobs = [submission(), submission(), submission()];
  await lane.submit(jobs);
  const [first, second, third] = jobs.map(({ writes }) => writes.jobId) as [string, string, string];
  const reader = new SignalReader(store);
  await insertSignals(store, [
    { lane: 3, jobId: first, body: '{"n":"a\\u001eb"}' },
    { lane: 3, jobId: second, body: "2" },
    { lane: 4, jobId: third, body: "3" },
  ]);
  const read = await reader.take([3], 10);
  expect(read.map((signal) => signal.body)).toEqual(['{"n":"a\\u001eb"}', "2"]);
  expect(await reader.take([3], 10)).toEqual([]);
  reader.release([read[1]!.id]);
  expect((await reader.take([3, 4], 10)).map((signal) => signal.body)).toEqual(["2", "3"]);

  await lane.commit([change(first, 3)], { signalRows: [read[0]!.id] });
  reader.settled([read[0]!.id]);
  expect(await reader.take([3], 10)).toEqual([]);
  await reader.remove([read[1]!.id]);
  expect((await store.pool.query("select job_id from signals")).rows).toEqual([{ job_id: third }]);
  await lane.close();
});

test("a poll that began before a commit and ends after it does not bring the signal back", async () => {
  const lane = openLane(database.url, "signals");
  const job = submission();
  const { jobId } = job.writes;
  await lane.submit([job]);
  await insertSignals(store, [{ lane: 7, jobId, body: "once" }]);
  let polls = 0;
  const [gate, answered] = [signalFlag(), signalFlag()];
  // The second poll's answer is held back on its way, as by a busy process.
  const query = async (statement: { name: string }) => {
    polls += 1;
    const isSecond = polls === 2;
    const result = await store.pool.query(statement as never);
    if (isSecond) {
      answered.resolve();
      await gate.promise;
    }
    return result;
  };
  const reader = new SignalReader({ ...store, pool: { query } as never });
  const [read, slow] = [reader.take([7], 10), reader.take([7], 10)];
  const [signal] = await read;
  expect(signal?.body).toBe("once");
  await answered.promise;
  await lane.commit([change(jobId, 3)], { signalRows: [signal!.id] });
  reader.settled([signal!.id]);
  gate.resolve();
  expect(await slow).toEqual([]);
  expect(await reader.take([7], 10)).toEqual([]);
  await lane.close();
});

test("signals come in the order of their numbers, not of their digits", async () => {
  const jobId = v7();
  await store.pool.query("select setval('signals_id_seq', 99995)");
  const bodies = Array.from({ length: 10 }, (_, index) => String(index));
  await insertSignals(
    store,
    bodies.map((body) => ({ lane: 11, jobId, body })),
  );
  const reader = new SignalReader(store);
  const read = [...(await reader.take([11], 4)), ...(await reader.take([11], 100))];
  expect(read.map((signal) => signal.body)).toEqual(bodies);
});

test("many writers: every signal is read once", async () => {
  const reader = new SignalReader(store);
  const bodies = Array.from({ length: 400 }, (_, index) => String(index));
  const jobId = v7();
  const seen: string[] = [];
  await Promise.all([
    ...Array.from({ length: 4 }, (_, part) =>
      insertSignals(
        store,
        bodies.filter((_, index) => index % 4 === part).map((body) => ({ lane: 9, jobId, body })),
      ),
    ),
    (async () => {
      while (seen.length < bodies.length) {
        const rows = await reader.take([9], 30);
        seen.push(...rows.map((row) => row.body));
        if (seen.length % 3 === 0) await reader.remove(rows.map((row) => row.id));
      }
    })(),
  ]);
  expect(seen.map(Number).toSorted((a, b) => a - b)).toEqual(bodies.map(Number));
});

test("the transport changes hands once for each epoch", async () => {
  const { mode, epoch } = await readTransport(store);
  expect(mode).toBe("redis");
  const lease = await aLease();
  expect(await changeTransport(store, "postgres", epoch, { ...lease, epoch: "0" })).toBeNull();
  const results = await Promise.all([1, 2, 3].map(() => changeTransport(store, "postgres", epoch, lease)));
  expect(results.filter((result) => result !== null)).toHaveLength(1);
  expect(await readTransport(store)).toEqual({ mode: "postgres", epoch: String(Number(epoch) + 1) });
});

test("clients and worker tokens are found by the hash of their token", async () => {
  const [one, two] = [new Uint8Array([1]), new Uint8Array([2])];
  const id = await putClient(store, { name: "ci", tokenHash: one, scopes: ["jobs:write"] });
  expect(id).toBeGreaterThan(1);
  expect(await putClient(store, { name: "ci", tokenHash: two, scopes: [] })).toBe(id);
  expect(await clientByTokenHash(store, one)).toBeNull();
  expect(await clientByTokenHash(store, two)).toMatchObject({ id, name: "ci", scopes: [] });
  await putWorkerToken(store, { name: "global", worker: null, tokenHash: one });
  expect(await workerTokenByHash(store, one)).toMatchObject({ name: "global", worker: null });
  expect(await workerTokenByHash(store, two)).toBeNull();
  expect(await databaseNow(store)).toBeInstanceOf(Date);
});
