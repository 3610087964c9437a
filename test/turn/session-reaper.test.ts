import { v7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TASK_STATUS } from "@/server/engine/job";
import type { EngineQueue } from "@/server/queue/contract";
import { type Database, openDatabase } from "@/server/store/database";
import { acquireLease } from "@/server/store/leases";
import { registerSession } from "@/server/store/sessions";
import { SessionReaper } from "@/server/turn/session-reaper";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

const LEASE_MS = 30_000;
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

test("a session that expired in this round is reaped, however many ended after its last sign of life", async () => {
  await store.pool.query(
    `insert into worker_sessions (id, worker, kind, epoch, skills, slots, status, draining, started_at, renewed_at)
     select gen_random_uuid(), 'gone', 1, 1, '{}', 1, 1, false, now(), now() from generate_series(1, 1100)`,
  );
  const id = v7();
  await registerSession(store, { id, worker: "silent", kind: "own", skills: [], slots: 1 });
  await store.pool.query("update worker_sessions set renewed_at = now() - interval '31 s' where id = $1", [id]);
  const lease = { name: "housekeeper", epoch: (await acquireLease(store, "housekeeper", "me", 60_000)) ?? "" };
  const [jobId, elsewhere] = [v7(), v7()];
  await store.pool.query(
    `insert into tasks (job_id, no, status, type, params, created_at)
     select x.id, 1, x.status, 'echo', '{}', now() from unnest($1::uuid[], $2::int[]) as x(id, status)`,
    [
      [jobId, elsewhere],
      [TASK_STATUS.announced, TASK_STATUS.backlog],
    ],
  );
  const asked: string[] = [];
  // The queue's side of a session is tested with the queues; here it is asked, or it is not.
  const queue = {
    async reapSession(sessionId: string) {
      asked.push(sessionId);
      return sessionId === id ? [jobId, elsewhere].map((one) => ({ jobId: one, no: 1, fence: 1 })) : [];
    },
  } as unknown as EngineQueue;
  // Another holds the housekeeping by now: nothing is written under the old epoch.
  const before = { name: "housekeeper", epoch: "0" };
  expect(await new SessionReaper(store, queue, LEASE_MS).reap(before)).toEqual([]);
  expect(asked.includes(id)).toBe(false);
  const reaper = new SessionReaper(store, queue, LEASE_MS);
  expect(await reaper.reap(lease)).toEqual([{ kind: "delivery_lost", jobId, no: 1, fence: 1, ahead: true }]);
  expect(asked.filter((each) => each === id)).toHaveLength(1);
  expect(await reaper.reap(lease)).toEqual([]);
});
