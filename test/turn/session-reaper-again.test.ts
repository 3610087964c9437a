import { v7 } from "uuid";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TASK_STATUS } from "@/server/engine/job";
import type { EngineQueue } from "@/server/queue/contract";
import { type Database, openDatabase } from "@/server/store/database";
import { acquireLease } from "@/server/store/leases";
import { endSession, registerSession } from "@/server/store/sessions";
import { SessionReaper } from "@/server/turn/session-reaper";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

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

// Found by the delivery model (`reap_once`): such an entry lay in the window for ever, so the reconciler called it present.
it("what a worker took after its session was reaped, and died with, is found within a minute", async () => {
  const id = v7();
  const jobId = v7();
  await registerSession(store, { id, worker: "late", kind: "own", skills: ["echo"], slots: 1 });
  await endSession(store, id);
  const status = TASK_STATUS.announced;
  await store.pool.query(
    `insert into tasks (job_id, no, status, type, params, created_at) values ($1, 1, ${status}, 'echo', '{}', now())`,
    [jobId],
  );
  const lease = { name: "housekeeper", epoch: (await acquireLease(store, "housekeeper", "me", 60_000)) ?? "" };
  let pending: { jobId: string; no: number; fence: number }[] = [];
  const queue = { reapSession: async () => pending.splice(0) } as unknown as EngineQueue;
  let now = 1_000_000;
  const reaper = new SessionReaper(store, queue, 30_000, () => now);
  expect(await reaper.reap(lease)).toEqual([]);
  pending = [{ jobId, no: 1, fence: 1 }];
  now += 59_000;
  expect(await reaper.reap(lease)).toEqual([{ kind: "delivery_lost", jobId, no: 1, fence: 1, ahead: true }]);
});

it("a crowd of ended sessions is looked at in several rounds, the latest first, and each of them once", async () => {
  await store.pool.query("delete from worker_sessions");
  const ids = Array.from({ length: 120 }, () => v7());
  for (const [index, id] of ids.entries()) {
    await registerSession(store, { id, worker: `gone-${index}`, kind: "own", skills: ["echo"], slots: 1 });
    await endSession(store, id);
    await store.pool.query("update worker_sessions set renewed_at = now() - $2 * interval '1 s' where id = $1", [
      id,
      index,
    ]);
  }
  const lease = { name: "housekeeper", epoch: (await acquireLease(store, "housekeeper", "me", 60_000)) ?? "" };
  const asked: string[] = [];
  const reapSession = async (id: string) => {
    asked.push(id);
    return [];
  };
  const reaper = new SessionReaper(store, { reapSession } as unknown as EngineQueue, 30_000, () => 1_000_000);
  await reaper.reap(lease);
  expect(asked).toEqual(ids.slice(0, 50));
  for (let round = 0; round < 4; round += 1) await reaper.reap(lease);
  expect(asked).toEqual(ids);
});
