import { v7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EngineQueue } from "@/server/queue/contract";
import { type Database, openDatabase } from "@/server/store/database";
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
  const asked: string[] = [];
  // The queue's side of a session is tested with the queues; here it is asked, or it is not.
  const queue = {
    async reapSession(sessionId: string) {
      asked.push(sessionId);
      return sessionId === id ? [{ jobId: "j", no: 1, fence: 1 }] : [];
    },
  } as unknown as EngineQueue;
  const reaper = new SessionReaper(store, queue, LEASE_MS);
  expect(await reaper.reap()).toEqual([{ kind: "delivery_lost", jobId: "j", no: 1, fence: 1 }]);
  expect(asked.filter((each) => each === id)).toHaveLength(1);
  expect(await reaper.reap()).toEqual([]);
});
