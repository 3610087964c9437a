import { afterAll, beforeAll, expect, test } from "vitest";
import { TASK_NUMBER_FACTOR } from "@/lib/job-event";
import { type Database, openDatabase } from "@/server/store/database";
import { isTransient } from "@/server/store/errors";
import { type Lane, openLane } from "@/server/store/lane";
import { change, newTask, noted, submission } from "@/test/store/factory";
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

const JOBS = 40;
const DURATION_MS = 10_000;

interface Tally {
  won: number;
  lost: number;
  transient: number;
}

/** Loads random jobs and advances them, in random order: each change replaces the job's task by the next one. */
async function hammer(lane: Lane, jobIds: string[], until: number): Promise<Tally> {
  const tally: Tally = { won: 0, lost: 0, transient: 0 };
  while (Date.now() < until) {
    const chosen = jobIds.filter(() => Math.random() < 0.6).sort(() => Math.random() - 0.5);
    try {
      const { jobs } = await lane.load(chosen);
      const writes = jobs.map((job) => {
        const last = job.version;
        const seq = last + 2;
        const open = lastTask(last);
        return change(job.id, last, {
          version: seq,
          events: noted(last + 1, 2),
          goneTasks: [{ no: open, type: "resize" }],
          newTasks: [newTask(seq * TASK_NUMBER_FACTOR)],
          timersSet: [{ key: "t", kind: "job_deadline", dueMs: 60_000, data: { seq } }],
        });
      });
      const winners = await lane.commit(writes);
      tally.won += winners.size;
      tally.lost += writes.length - winners.size;
    } catch (error) {
      if (!isTransient(error)) throw error;
      tally.transient += 1;
    }
  }
  return tally;
}

/** The job's open task: that of its last event. */
function lastTask(version: number): number {
  return version * TASK_NUMBER_FACTOR;
}

test("two lanes on the same jobs: every number once, version is the last, one open task each", async () => {
  const lanes = [openLane(database.url, "one"), openLane(database.url, "two")] as const;
  const submissions = Array.from({ length: JOBS }, () => submission());
  await lanes[0].submit(submissions);
  const jobIds = submissions.map(({ writes }) => writes.jobId);
  const until = Date.now() + DURATION_MS;
  const tallies = await Promise.all(lanes.map((lane) => hammer(lane, jobIds, until)));
  await Promise.all(lanes.map((lane) => lane.close()));

  const won = tallies.reduce((sum, tally) => sum + tally.won, 0);
  const lost = tallies.reduce((sum, tally) => sum + tally.lost, 0);
  expect(won).toBeGreaterThan(JOBS);
  expect(lost).toBeGreaterThan(0);
  const { rows } = await store.pool.query(
    `select j.id, j.version, count(e.seq)::int as events, max(e.seq) as last, (select array_agg(no) from tasks k where k.job_id = j.id) as open,
       (select (data ->> 'seq')::int from timers m where m.job_id = j.id) as timer
     from jobs j join events e on e.job_id = j.id group by j.id`,
  );
  expect(rows).toHaveLength(JOBS);
  for (const row of rows) {
    expect(row).toMatchObject({ events: row.version, last: row.version, open: [lastTask(row.version)] });
    if (row.version > 3) expect(row.timer).toBe(row.version);
  }
  expect(rows.reduce((sum, row) => sum + (row.version - 3) / 2, 0)).toBe(won);
});
