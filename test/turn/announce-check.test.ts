import { afterAll, beforeAll, expect, test } from "vitest";
import { createPostgresEngineQueue } from "@/server/queue/postgres-engine-queue";
import { claimForWorker } from "@/server/store/claim";
import { type Database, openDatabase } from "@/server/store/database";
import { openLane } from "@/server/store/lane";
import { createQueueStore } from "@/server/store/queue-store";
import { checkAnnounced } from "@/server/turn/announce-check";
import { announcing, submission } from "@/test/store/factory";
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

test("tasks announced through Redis are claimed from Postgres once there is no Redis any more", async () => {
  const lane = openLane(database.url, "test lane");
  const job = submission();
  await lane.submit([job], announcing(job));
  await lane.close();
  await store.pool.query("update tasks set due_at = now() + interval '20 s'");
  expect(await claimForWorker(store, ["resize"], 5, "s1")).toEqual([]);
  const queue = createPostgresEngineQueue({ store: createQueueStore(store) });
  await checkAnnounced(store, queue);
  expect((await claimForWorker(store, ["resize"], 5, "s1")).map((task) => task.jobId)).toEqual([job.writes.jobId]);
  await queue.close();
});
