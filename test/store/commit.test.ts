import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import { APPROVAL_STATUS, type ApprovalWrite } from "@/server/engine/writes";
import { type Database, openDatabase } from "@/server/store/database";
import { isDataError, UnstorableTextError } from "@/server/store/errors";
import { type Lane, openLane } from "@/server/store/lane";
import { insertSignals } from "@/server/store/signals";
import { announcing, change, changedTask, FIRST_TASK, newTask, noted, submission } from "@/test/store/factory";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let store: Database;
let lane: Lane;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openDatabase(database.url, { max: 3, name: "test" });
  lane = openLane(database.url, "test lane");
});

afterAll(async () => {
  await lane.close();
  await store.close();
  await database.drop();
});

async function newJob(): Promise<string> {
  const job = submission();
  await lane.submit([job], announcing(job));
  return job.writes.jobId;
}

async function rows(table: string, jobId: string): Promise<Record<string, unknown>[]> {
  const column = table === "jobs" ? "id" : "job_id";
  const order = { events: "seq", timers: "key", jobs: "id" }[table] ?? "no";
  return (await store.pool.query(`select * from ${table} where ${column} = $1 order by ${order}`, [jobId])).rows;
}

const TABLES = ["jobs", "tasks", "events", "groups", "timers", "approvals"];

async function everything(jobId: string) {
  return Object.fromEntries(await Promise.all(TABLES.map(async (table) => [table, await rows(table, jobId)])));
}

async function secondsAhead(table: string, column: string, jobId: string): Promise<number> {
  const { rows: found } = await store.pool.query(
    `select extract(epoch from ${column} - updated_at)::float8 as s from ${table} k join jobs j on j.id = k.job_id where j.id = $1`,
    [jobId],
  );
  return found[0].s;
}

function approval(overrides: Partial<ApprovalWrite> = {}): ApprovalWrite {
  return {
    no: 4096,
    status: APPROVAL_STATUS.open,
    state: "ask",
    approval: {
      no: 4096,
      message: "",
      form: { fields: [] },
      approvers: ["role:admin", 'o\'neil, "x"'],
      quorum: 2,
      denyStarter: true,
      decisions: ["approved", "rejected"],
      escalations: 0,
      version: 1,
      votes: [],
    },
    deadlineMs: 60_000,
    outcome: null,
    ...overrides,
  };
}

/** A change that touches every table. */
function everyBlock(jobId: string, version: number) {
  return change(jobId, version, {
    version: version + 2,
    events: noted(version + 1, 2),
    result: { done: true },
    error: { code: "E", message: "m", state: "working" },
    newTasks: [newTask(8192, { type: "other" })],
    changedTasks: [changedTask(FIRST_TASK, { worker: "s", dueMs: 5_000 })],
    newGroup: { no: 8192, expected: 3, pending: 2, failed: 1, tolerate: 1 },
    timersSet: [{ key: "job", kind: "job_deadline", dueMs: 10_000, data: { a: 1 } }],
    newApproval: approval(),
  });
}

describe("the guard", () => {
  test("a loser writes nothing at all, whichever block its change uses", async () => {
    const jobId = await newJob();
    const before = await everything(jobId);
    const winners = await lane.commit([everyBlock(jobId, 2)], { announced: new Set([`${jobId}.8192`]) });
    expect(winners.size).toBe(0);
    expect(await everything(jobId)).toEqual(before);
  });

  test("one loser in a batch leaves the others alone", async () => {
    const [winner, loser] = [await newJob(), await newJob()];
    const before = await everything(loser);
    const winners = await lane.commit([everyBlock(loser, 7), everyBlock(winner, 3)]);
    expect([...winners]).toEqual([winner]);
    expect(await everything(loser)).toEqual(before);
    expect((await rows("jobs", winner))[0]).toMatchObject({ version: 5, state: "working", result: { done: true } });
    expect((await rows("events", winner)).map((event) => event.seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test("the second of two equal commits loses", async () => {
    const jobId = await newJob();
    expect((await lane.commit([change(jobId, 3)])).size).toBe(1);
    expect((await lane.commit([change(jobId, 3)])).size).toBe(0);
  });

  test("a terminal job moves only by a write that reopens it", async () => {
    const jobId = await newJob();
    const end = { status: JOB_STATUS.failed.code, goneTasks: [{ no: FIRST_TASK, type: "resize" }] };
    await lane.commit([change(jobId, 3, end)]);
    expect((await rows("jobs", jobId))[0]?.finished_at).toBeInstanceOf(Date);
    expect((await lane.commit([change(jobId, 4)])).size).toBe(0);
    expect((await lane.commit([change(jobId, 4, { reopen: true })])).size).toBe(1);
    expect((await rows("jobs", jobId))[0]).toMatchObject({ version: 5, finished_at: null });
  });

  test("a job cannot be in one batch twice", async () => {
    const jobId = await newJob();
    await expect(lane.commit([change(jobId, 3), change(jobId, 4)])).rejects.toThrow(/twice/);
    expect((await rows("jobs", jobId))[0]).toMatchObject({ version: 3 });
  });

  test("the live log has one row for each commit with a winner, and none without", async () => {
    const jobId = await newJob();
    await lane.commit([change(jobId, 3)]);
    await lane.commit([change(jobId, 3)]);
    const { rows: turns } = await store.pool.query("select versions from turns where $1 = any (jobs) order by xid", [
      jobId,
    ]);
    expect(turns.map((turn) => turn.versions)).toEqual([[3], [4]]);
  });
});

describe("blocks", () => {
  test("tasks: announced ones are looked at after 30 s or their deadline, backlog ones only at a deadline", async () => {
    const jobId = await newJob();
    const tasks = [
      newTask(5121),
      newTask(5122, { resultDeadlineMs: 5_000 }),
      newTask(5123),
      newTask(5124, { dispatchDeadlineMs: 7_000, resultDeadlineMs: 9_000 }),
      newTask(5125, { held: true }),
    ];
    await lane.commit([change(jobId, 3, { newTasks: tasks })], {
      announced: new Set([`${jobId}.5121`, `${jobId}.5122`]),
    });
    const { rows: found } = await store.pool.query(
      `select no, status, extract(epoch from due_at - created_at)::float8 as due from tasks where job_id = $1 and no > 5000 order by no`,
      [jobId],
    );
    expect(found).toEqual([
      { no: 5121, status: TASK_STATUS.announced, due: 30 },
      { no: 5122, status: TASK_STATUS.announced, due: 5 },
      { no: 5123, status: TASK_STATUS.backlog, due: null },
      { no: 5124, status: TASK_STATUS.backlog, due: 7 },
      { no: 5125, status: TASK_STATUS.held, due: null },
    ]);
  });

  test("a changed task: started, waiting for a retry, ready again", async () => {
    const job = submission({
      writes: { newTasks: [newTask(FIRST_TASK, { dispatchDeadlineMs: 20_000, resultDeadlineMs: 3_600_000 })] },
    });
    const { jobId } = job.writes;
    await lane.submit([job], announcing(job));
    const started = changedTask(FIRST_TASK, { worker: "session-1", dueMs: 5_000 });
    await lane.commit([change(jobId, 3, { changedTasks: [started] })]);
    expect((await rows("tasks", jobId))[0]).toMatchObject({ status: TASK_STATUS.running, worker: "session-1" });
    expect(await secondsAhead("tasks", "due_at", jobId)).toBeCloseTo(5, 3);

    const retry = changedTask(FIRST_TASK, { phase: "retry", attempt: 2, dueMs: 2_000 });
    await lane.commit([change(jobId, 4, { changedTasks: [retry] })]);
    expect((await rows("tasks", jobId))[0]).toMatchObject({ status: TASK_STATUS.retry, worker: null, attempt: 2 });
    expect(await secondsAhead("tasks", "due_at", jobId)).toBeCloseTo(2, 3);

    const ready = changedTask(FIRST_TASK, { phase: "ready", attempt: 2, fence: 2 });
    await lane.commit([change(jobId, 5, { changedTasks: [ready] })], {
      announced: new Set([`${jobId}.${FIRST_TASK}`]),
    });
    expect((await rows("tasks", jobId))[0]).toMatchObject({
      status: TASK_STATUS.announced,
      fence: 2,
      dispatch_deadline: null,
      params: { no: FIRST_TASK },
    });
    expect(await secondsAhead("tasks", "due_at", jobId)).toBeCloseTo(30, 3);

    await lane.commit([change(jobId, 6, { changedTasks: [{ ...ready, fence: 3, params: { b: 2 } }] })]);
    expect((await rows("tasks", jobId))[0]).toMatchObject({ status: TASK_STATUS.backlog, fence: 3, params: { b: 2 } });
  });

  test("a held branch enters the queue when it is freed: its dispatch deadline begins then", async () => {
    const job = submission({ writes: { newTasks: [newTask(FIRST_TASK, { held: true })] } });
    await lane.submit([job]);
    const freed = changedTask(FIRST_TASK, { phase: "ready", dispatchDeadlineMs: 10_000 });
    await lane.commit([change(job.writes.jobId, 3, { changedTasks: [freed] })]);
    const [task] = await rows("tasks", job.writes.jobId);
    expect(task).toMatchObject({ status: TASK_STATUS.backlog });
    expect(task?.due_at).toEqual(task?.dispatch_deadline);
    expect(await secondsAhead("tasks", "due_at", job.writes.jobId)).toBeCloseTo(10, 0);
  });

  test("groups and timers are set, changed and cleared", async () => {
    const jobId = await newJob();
    await lane.commit([everyBlock(jobId, 3)]);
    expect(await rows("groups", jobId)).toMatchObject([{ no: 8192, expected: 3, pending: 2, failed: 1, tolerate: 1 }]);
    expect(await secondsAhead("timers", "due_at", jobId)).toBeCloseTo(10, 3);
    await lane.commit([
      change(jobId, 5, {
        changedGroup: { no: 8192, expected: 3, pending: 0, failed: 1, tolerate: 1 },
        timersSet: [{ key: "job", kind: "handler", dueMs: 1_000, data: null }],
        timersCleared: ["never set"],
      }),
    ]);
    expect(await rows("groups", jobId)).toMatchObject([{ pending: 0 }]);
    expect(await rows("timers", jobId)).toMatchObject([{ key: "job", kind: 1, data: null }]);
    await lane.commit([change(jobId, 6, { goneGroup: 8192, timersCleared: ["job"] })]);
    expect([await rows("groups", jobId), await rows("timers", jobId)]).toEqual([[], []]);
  });

  test("an approval keeps what was asked and its deadline while votes come in, and closes with its outcome", async () => {
    const jobId = await newJob();
    await lane.commit([everyBlock(jobId, 3)]);
    const [asked] = await rows("approvals", jobId);
    expect(asked).toMatchObject({
      client_id: 1,
      status: 0,
      message: "",
      form: { fields: [] },
      approvers: ["role:admin", 'o\'neil, "x"'],
      quorum: 2,
      deny_starter: true,
      decisions: ["approved", "rejected"],
      version: 1,
      votes: [],
      closed_at: null,
    });
    const voted = approval({ deadlineMs: 999_000 });
    voted.approval.votes = [{ decision: "approved", by: { kind: "operator", id: "7" } }];
    await lane.commit([change(jobId, 5, { changedApproval: voted })]);
    const [after] = await rows("approvals", jobId);
    expect(after).toMatchObject({ votes: voted.approval.votes, deadline_at: asked?.deadline_at });
    const closed = { ...voted, status: APPROVAL_STATUS.decided, outcome: "approved" };
    await lane.commit([change(jobId, 6, { changedApproval: closed })]);
    const [end] = await rows("approvals", jobId);
    expect(end).toMatchObject({ status: 1, outcome: "approved" });
    expect(end?.closed_at).toBeInstanceOf(Date);
  });

  test("result and error: undefined leaves them, null clears them", async () => {
    const jobId = await newJob();
    await lane.commit([change(jobId, 3, { result: [1], error: { code: "E" } })]);
    await lane.commit([change(jobId, 4)]);
    expect((await rows("jobs", jobId))[0]).toMatchObject({ result: [1], error: { code: "E" } });
    await lane.commit([change(jobId, 5, { result: null, error: null })]);
    expect((await rows("jobs", jobId))[0]).toMatchObject({ result: null, error: null });
  });

  test("signals go with the commit that answers them; a loser's stay", async () => {
    const [winner, loser] = [await newJob(), await newJob()];
    const other = await newJob();
    await insertSignals(
      store,
      [winner, loser, other].map((jobId) => ({ lane: 0, jobId, body: "{}" })),
    );
    const { rows: stored } = await store.pool.query("select id::text from signals order by id");
    const signalRows = stored.map((row) => row.id);
    await lane.commit([change(winner, 3), change(loser, 9)], { signalRows });
    const left = await store.pool.query("select job_id from signals");
    expect(left.rows).toEqual([{ job_id: loser }]);
    await lane.commit([], { signalRows });
    expect((await store.pool.query("select from signals")).rowCount).toBe(0);
  });
});

describe("what is refused", () => {
  test("texts that the encoding cannot hold are named, and nothing is written", async () => {
    const jobId = await newJob();
    for (const character of ["\u0000", "\u001d", "\u001e", "\u001f"]) {
      const bad = change(jobId, 3, { newTasks: [newTask(8192, { type: `a${character}b` })] });
      const failure = await lane.commit([bad]).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(UnstorableTextError);
      expect(failure).toMatchObject({ jobId, field: "task.type" });
      expect(isDataError(failure)).toBe(true);
    }
    expect((await rows("jobs", jobId))[0]).toMatchObject({ version: 3 });
  });

  test("control characters within JSON are stored as they are", async () => {
    const jobId = await newJob();
    const text = 'tab\t sep\u001e null\u001d list\u001f quote" {},\\ é 漢 😀 \ud800';
    await lane.commit([change(jobId, 3, { result: { text }, newTasks: [newTask(8192, { params: { text } })] })]);
    expect((await rows("jobs", jobId))[0]?.result).toEqual({ text });
    expect((await lane.taskParams([{ jobId, no: 8192 }])).get(`${jobId}.8192`)).toEqual({ text });
  });

  test("a row that breaks a constraint is a data error and takes the whole statement back", async () => {
    const [good, bad] = [await newJob(), await newJob()];
    const failure = await lane
      .commit([change(good, 3), change(bad, 3, { status: 77 })])
      .catch((error: unknown) => error);
    expect(isDataError(failure)).toBe(true);
    expect((await rows("jobs", good))[0]).toMatchObject({ version: 3 });
    expect((await lane.commit([change(good, 3)])).size).toBe(1);
  });
});

describe("load", () => {
  test("gives jobs with their whole history of one instant; what is no job is absent", async () => {
    const jobId = await newJob();
    await lane.commit([change(jobId, 3, { result: { n: 1 } })]);
    const { now, jobs } = await lane.load([
      jobId,
      "01a200e3-951d-7dd0-862d-6837aa2d8512",
      "}'; drop table jobs --",
      jobId,
    ]);
    expect(jobs).toHaveLength(1);
    const [job] = jobs;
    expect(job).toMatchObject({
      id: jobId,
      clientId: 1,
      blueprintId: 1,
      version: 4,
      status: "running",
      result: { n: 1 },
    });
    expect(job?.events.map((event) => [event.seq, event.kind])).toEqual([
      [1, "job_created"],
      [2, "state_entered"],
      [3, "task_dispatched"],
      [4, "context_set"],
    ]);
    expect(Math.abs(now.getTime() - Date.parse(job?.events[3]?.at ?? ""))).toBeLessThan(60_000);
  });
});
