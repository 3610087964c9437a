import { v7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type JobEvent, taskNumber } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { CHECKS, type Examination, examine, type Finding } from "@/server/doctor/examine";
import { printed } from "@/server/doctor/print";
import { storedBlueprints } from "@/server/doctor/stored-blueprints";
import { contentHash } from "@/server/engine/blueprint/content-hash";
import { putBlueprint } from "@/server/store/blueprints";
import { type Database, openDatabase } from "@/server/store/database";
import { type Lane, openLane } from "@/server/store/lane";
import { acquireLease } from "@/server/store/leases";
import { change, FIRST_TASK, newTask, submission } from "@/test/store/factory";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let test_: TestDatabase;
let database: Database;
let lane: Lane;
let blueprintId: number;

const document = {
  name: "resizing",
  states: {
    working: { type: "task", start: true, task: { type: "resize" }, transitions: { success: "done" } },
    done: { type: "end" },
  },
};

beforeAll(async () => {
  test_ = await createTestDatabase();
  database = openDatabase(test_.url, { max: 4, name: "test" });
  lane = openLane(test_.url, "test lane");
  const stored = await putBlueprint(database, {
    name: document.name,
    document: document as never,
    hash: contentHash(document as never),
    description: null,
    apiEndpoint: null,
    apiVersion: null,
    clientId: 1,
    shared: true,
    source: "upload",
  });
  blueprintId = stored.id;
  await acquireLease(database, "engine:test", "test", 600_000);
});
afterAll(async () => {
  await lane?.close();
  await database?.close();
  await test_?.drop();
});

function look(): Promise<Examination> {
  // Small stretches, so that there are several.
  return examine(database, { blueprints: storedBlueprints(database), limitMs: 30_000, stretch: 20 });
}

async function find(id: string): Promise<Finding> {
  const finding = (await look()).findings.find((one) => one.id === id);
  if (!finding) throw new Error(`no check is called ${id}`);
  return finding;
}

async function run(sql: string, ...values: unknown[]): Promise<void> {
  const { rowCount } = await database.pool.query(sql, values);
  if (rowCount === 0) throw new Error(`nothing was damaged by: ${sql}`);
}

/** A job that waits for a worker. */
async function waiting(): Promise<string> {
  const one = submission({ blueprintId });
  await lane.submit([one], new Set([`${one.writes.jobId}.${FIRST_TASK}`]));
  return one.writes.jobId;
}

/** A job that ended well. */
async function ended(): Promise<string> {
  const jobId = await waiting();
  const events: JobEvent[] = [
    { seq: 4, kind: "task_finished", data: { n: FIRST_TASK, fence: 1, outcome: "success" } },
    { seq: 5, kind: "state_entered", data: { state: "done" } },
    { seq: 6, kind: "job_completed", data: { outcome: "success" } },
  ];
  const after = { version: 6, status: JOB_STATUS.finished.code, state: "done", transitions: 2, events };
  await lane.commit([change(jobId, 3, { ...after, goneTasks: [{ no: FIRST_TASK, type: "resize" }] })]);
  return jobId;
}

/** A job with a fan-out of two branches, one of which is held back. */
async function fannedOut(): Promise<string> {
  const n0 = taskNumber(3);
  const writes = {
    jobId: v7(),
    status: JOB_STATUS.waiting_for_parallel_tasks.code,
    events: [
      { seq: 1, kind: "job_created", data: { starter: { kind: "client", id: "1" } } },
      { seq: 2, kind: "state_entered", data: { state: "working" } },
      {
        seq: 3,
        kind: "tasks_fanned_out",
        data: { n0, count: 2, task_types: ["resize"], aggregate_into: "done", tolerate: 0, concurrency: 1 },
      },
    ] as JobEvent[],
    newTasks: [newTask(n0, { groupNo: n0, branch: 0 }), newTask(n0 + 1, { groupNo: n0, branch: 1, held: true })],
    newGroup: { no: n0, expected: 2, pending: 2, failed: 0, tolerate: 0 },
  };
  const one = submission({ blueprintId, writes });
  await lane.submit([one]);
  return one.writes.jobId;
}

const addApproval = `insert into approvals (job_id, no, client_id, status, state, message, approvers, quorum, deny_starter, decisions, votes, deadline_at, asked_at)
  values ($1, 1, 1, 0, 'working', '', '{}', 1, false, '[]', '[]', now() - interval '1 hour', now())`;
const addTimer = "insert into timers (job_id, key, kind, due_at) values ($1, 'job', 3, now() - interval '1 hour')";
const addGroup = "insert into groups (job_id, no, expected, pending, failed, tolerate) values ($1, 1, 1, 0, 0, 0)";
const addTask =
  "insert into tasks (job_id, no, status, type, params, created_at) values ($1, 1, 0, 'resize', '{}', now())";
const addEvent = "insert into events (job_id, seq, kind, at, data) values ($1, $2, $3, now(), $4)";
const nobody = () => v7();

/** How each invariant is broken by hand. */
const damages: Record<string, () => Promise<void>> = {
  event_numbers: async () => run("delete from events where job_id = $1 and seq = 2", await waiting()),
  event_owner: () => run(addEvent, nobody(), 1, 1, null),
  event_partition: () => run(addEvent, "00000000-0000-7000-8000-000000000001", 1, 1, null),
  created_first: async () => run("update events set kind = 3 where job_id = $1 and seq = 1", await waiting()),
  end_last: async () => run(addEvent, await ended(), 7, 3, '{"set":{}}'),
  end_and_status: async () =>
    run("update jobs set status = 1, finished_at = null, updated_at = now() where id = $1", await ended()),
  result_once: async () => run(addEvent, await ended(), 7, 9, `{"n":${FIRST_TASK},"fence":1,"outcome":"success"}`),
  result_current: async () => {
    const job = await ended();
    await run(
      `update events set data = '{"n":${FIRST_TASK},"fence":2,"outcome":"success"}' where job_id = $1 and seq = 4`,
      job,
    );
  },
  aggregated_once: async () => {
    const job = await fannedOut();
    for (const seq of [4, 5]) await run(addEvent, job, seq, 13, `{"n0":${FIRST_TASK},"ok":2,"failed":0}`);
  },
  ended_tasks: async () => run(addTask, await ended()),
  ended_timers: async () => run(addTimer, await ended()),
  ended_groups: async () => run(addGroup, await ended()),
  ended_approvals: async () => run(addApproval, await ended()),
  orphan_tasks: () => run(addTask, nobody()),
  orphan_timers: () => run(addTimer, nobody()),
  orphan_groups: () => run(addGroup, nobody()),
  orphan_approvals: () => run(addApproval, nobody()),
  group_pending: async () => run("update groups set pending = 1 where job_id = $1", await fannedOut()),
  group_ended: async () => {
    const job = await fannedOut();
    await run(`delete from tasks where job_id = $1 and branch = 1`, job);
    await run("update groups set pending = 1 where job_id = $1", job);
  },
  group_failed: async () => run("update groups set failed = 1 where job_id = $1", await fannedOut()),
  group_of_branch: async () => run("delete from groups where job_id = $1", await fannedOut()),
  held_freed: async () => run("delete from tasks where job_id = $1 and branch = 0", await fannedOut()),
  reason_to_wake: async () => {
    const job = await waiting();
    await run("delete from tasks where job_id = $1", job);
    await run("update jobs set updated_at = now() - interval '1 minute' where id = $1", job);
  },
  task_looked_at: async () => run("update tasks set due_at = null where job_id = $1", await waiting()),
  task_overdue: async () =>
    run("update tasks set due_at = now() - interval '2 minutes' where job_id = $1", await waiting()),
  task_placed: async () =>
    run(
      "update tasks set status = 6, worker = gen_random_uuid()::text, created_at = now() - interval '2 minutes' where job_id = $1",
      await waiting(),
    ),
  task_way: async () => run("update tasks set status = 5 where job_id = $1", await waiting()),
  timer_overdue: async () => run(addTimer, await waiting()),
  approval_overdue: async () => run(addApproval, await waiting()),
  worker_alive: async () =>
    run("update tasks set status = 2, worker = gen_random_uuid()::text where job_id = $1", await waiting()),
  child_told: async () => {
    const [parent, child] = [await waiting(), await ended()];
    await run("update jobs set parent_id = $1 where id = $2", parent, child);
    await run("update jobs set status = 5, updated_at = now() - interval '1 minute' where id = $1", parent);
  },
  quarantine_listed: async () => {
    const job = await waiting();
    await run("update jobs set status = 9, updated_at = now() where id = $1", job);
    await run("delete from quarantine where job_id = $1", job);
  },
  quarantine_left: () =>
    run(
      "insert into quarantine (job_id, client_id, blueprint, fingerprint, at) values ($1, 1, '', gen_random_uuid(), now())",
      nobody(),
    ),
  key_of_job: () => run("insert into idempotency values (1, 'lost', '\\x00', $1, now())", nobody()),
  job_blueprint: async () => run("update jobs set blueprint_id = 999999 where id = $1", await waiting()),
  job_client: async () => run("update jobs set client_id = 999999 where id = $1", await waiting()),
  job_parent: async () => run("update jobs set parent_id = $2 where id = $1", await waiting(), nobody()),
  signal_of_job: () => run("insert into signals (lane, job_id, body) values (0, $1, '{}')", nobody()),
  sts_families: () =>
    run(
      `insert into worker_sts_tokens (token_hash, kind, worker, family, origin, expires_at, used_at, revoked_at)
       select sha256(gen_random_uuid()::text::bytea), 2, 'w', x.family, 2, now() + interval '1 hour', y.at, y.at
       from (select gen_random_uuid() as family) x, (values (now()), (null::timestamptz)) y(at)`,
    ),
  usage_of_month: () => run("insert into client_usage (client_id, month, used) values (1, '2026-01-02', 1)"),
  audited: async () => {
    const job = await waiting();
    await run(
      "insert into events (job_id, seq, kind, at, data) values ($1, 4, 19, now() - interval '1 hour', $2)",
      job,
      '{"by":{"kind":"operator","id":"7"}}',
    );
  },
  fold: async () => run("update tasks set fence = 9 where job_id = $1", await waiting()),
};

test("finds nothing in whole jobs, open and ended", async () => {
  await waiting();
  await ended();
  await fannedOut();
  const examination = await look();
  expect(examination.findings.filter((one) => one.count > 0)).toEqual([]);
  expect(examination).toMatchObject({ healthy: true, complete: true, violations: 0 });
  expect(printed(examination)).toContain(`doctor: ${CHECKS.length + 1} checks, 0 violations`);
});

test("has a damage for every check", () => {
  expect(Object.keys(damages).sort()).toEqual([...CHECKS.map(({ id }) => id), "fold"].sort());
});

test.each(Object.entries(damages))("%s is seen when it is broken by hand", async (id, damage) => {
  const before = await find(id);
  await damage();
  const after = await find(id);
  expect(after.count).toBeGreaterThan(before.count);
  expect(after.samples.length).toBeGreaterThan(0);
});

test("says that it did not finish when the time was over", async () => {
  const examination = await examine(database, { blueprints: null, limitMs: -1, stretch: 20 });
  expect(examination).toMatchObject({ healthy: false, complete: false });
  expect(printed(examination)).toContain("NOT EVERYTHING LOOKED AT");
});

test("leaves out what is overdue while no engine runs", async () => {
  await run("update leases set until = now() - interval '1 second' where name = 'engine:test'");
  const examination = await look();
  expect(examination.findings.find((one) => one.id === "task_overdue")).toMatchObject({ skipped: expect.any(String) });
});
