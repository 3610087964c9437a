import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { TASK_STATUS } from "@/server/engine/job";
import { backlogTypes, claimForWorker, claimReady, giveBackClaimed, holdTasks } from "@/server/store/claim";
import { type Database, openDatabase } from "@/server/store/database";
import { postponeChecks, readAnnounced, readDueTasks, readDueTimers, returnToBacklog } from "@/server/store/due";
import { type Lane, openLane } from "@/server/store/lane";
import { announcing, change, changedTask, FIRST_TASK, newTask, submission } from "@/test/store/factory";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let store: Database;
let lane: Lane;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openDatabase(database.url, { max: 8, name: "test", hot: true });
  lane = openLane(database.url, "test lane");
});

beforeEach(async () => {
  await store.pool.query("truncate jobs, tasks, events, timers, queues");
});

afterAll(async () => {
  await lane.close();
  await store.close();
  await database.drop();
});

const id = (task: { jobId: string; no: number }) => `${task.jobId}.${task.no}`;

async function backlog(count: number, type = "resize", priority = 0): Promise<string[]> {
  const jobs = Array.from({ length: count }, () =>
    submission({ writes: { newTasks: [newTask(FIRST_TASK, { type, priority, timeoutMs: 4_000 })] } }),
  );
  await lane.submit(jobs);
  return jobs.map(({ writes }) => writes.jobId);
}

test("concurrent claims never give one task twice, and together give all", async () => {
  await backlog(1_000);
  const claimed: string[] = [];
  const take = async (index: number) => {
    for (;;) {
      const tasks =
        index % 2
          ? await claimReady(store, "resize", 17)
          : await claimForWorker(store, ["none", "resize"], 13, `session-${index}`);
      claimed.push(...tasks.map(id));
      if (claimed.length >= 1_000) return;
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, index) => take(index)));
  expect(claimed).toHaveLength(1_000);
  expect(new Set(claimed).size).toBe(1_000);
});

test("higher priority first, then the older job; the message is whole", async () => {
  const old = await backlog(2);
  const [urgent] = await backlog(1, "resize", 5.5);
  const tasks = await claimReady(store, "resize", 2);
  expect(tasks.map((task) => task.jobId)).toEqual([urgent, old.toSorted()[0]]);
  expect(tasks[0]).toEqual({
    jobId: urgent,
    no: FIRST_TASK,
    fence: 1,
    attempt: 1,
    type: "resize",
    priority: 5.5,
    params: `{"no":${FIRST_TASK}}`,
    timeoutMs: 4_000,
    blueprint: "",
  });
});

test("a session takes across its types by priority, not from paused ones, and can give back", async () => {
  await backlog(2, "a");
  const [urgent] = await backlog(1, "b", 9);
  await backlog(1, "paused", 10);
  await store.pool.query("insert into queues values ('paused', now())");
  expect((await backlogTypes(store)).toSorted()).toEqual(["a", "b"]);
  const tasks = await claimForWorker(store, ["a", "b", "paused"], 2, "s1");
  expect(tasks.map((task) => task.type)).toEqual(["b", "a"]);
  expect(tasks[0]?.jobId).toBe(urgent);
  expect(await giveBackClaimed(store, "another", tasks)).toEqual([]);
  expect(await giveBackClaimed(store, "s1", tasks)).toHaveLength(2);
  expect(await claimForWorker(store, ["a", "b"], 10, "s2")).toHaveLength(3);
});

test("types of equal priority take turns: a long queue of one does not hold up another", async () => {
  await backlog(20, "long");
  await backlog(2, "short");
  const types = (await claimForWorker(store, ["long", "short"], 6, "s1")).map((task) => task.type);
  expect(types.filter((type) => type === "short")).toHaveLength(2);
  expect(types).toHaveLength(6);
});

test("the time of an attempt does not run while a claimed task waits in its worker's hand", async () => {
  await backlog(1, "resize");
  expect(await claimForWorker(store, ["resize"], 1, "s1")).toHaveLength(1);
  expect((await store.pool.query("select status, due_at from tasks")).rows).toEqual([
    { status: TASK_STATUS.running, due_at: null },
  ]);
});

test("a hand-out is noted once, and only for the fence that was announced", async () => {
  const job = submission();
  await lane.submit([job], announcing(job));
  const { jobId } = job.writes;
  expect(await holdTasks(store, "s1", [{ jobId, no: FIRST_TASK, fence: 2 }])).toEqual([]);
  expect(await holdTasks(store, "s1", [{ jobId, no: FIRST_TASK, fence: 1 }])).toEqual([{ jobId, no: FIRST_TASK }]);
  expect(await holdTasks(store, "s2", [{ jobId, no: FIRST_TASK, fence: 1 }])).toEqual([]);
  const { rows } = await store.pool.query("select status, worker from tasks");
  expect(rows).toEqual([{ status: TASK_STATUS.running, worker: "s1" }]);
});

test("due tasks say why, due timers are named", async () => {
  const tasks = [
    newTask(1, { dispatchDeadlineMs: -1_000 }),
    newTask(2, { resultDeadlineMs: -1_000, dispatchDeadlineMs: -2_000 }),
    newTask(3),
    newTask(4),
    newTask(5),
    newTask(7),
  ];
  const job = submission({ writes: { newTasks: tasks } });
  const { jobId } = job.writes;
  await lane.submit([job], new Set([3, 7].map((no) => `${jobId}.${no}`)));
  await lane.commit([
    change(jobId, 3, {
      changedTasks: [
        changedTask(4, { phase: "retry", attempt: 2, dueMs: -5 }),
        changedTask(5, { phase: "started", worker: "s", dueMs: -5 }),
      ],
      timersSet: [
        { key: "job", kind: "job_deadline", dueMs: -1, data: null },
        { key: "later", kind: "job_deadline", dueMs: 60_000, data: null },
      ],
    }),
  ]);
  await store.pool.query("update tasks set due_at = now() - interval '1 s' where no = 3");
  const due = await readDueTasks(store, 100);
  expect(Object.fromEntries(due.map((task) => [task.no, task.reason]))).toEqual({
    1: "dispatch_timeout",
    2: "result_timeout",
    3: "announce_check",
    4: "retry",
    5: "attempt_timeout",
  });
  expect(due.find((task) => task.no === 3)).toMatchObject({ jobId, fence: 1, type: "resize" });
  expect(await readDueTimers(store, 10)).toMatchObject([{ jobId, key: "job" }]);
  expect(await readDueTasks(store, 100, due[1])).toEqual(due.slice(2));

  expect((await readAnnounced(store, 1_500)).map((task) => task.no)).toEqual([3]);
  expect((await readAnnounced(store, 0)).map((task) => task.no).toSorted()).toEqual([3, 7]);
  await postponeChecks(
    store,
    [3, 4].map((no) => ({ jobId, no })),
    30_000,
  );
  expect((await readDueTasks(store, 100)).map((task) => task.no).toSorted()).toEqual([1, 2, 4, 5]);
});

test("announced tasks return to the backlog when their stream is gone, and are claimed from there", async () => {
  const jobs = [submission(), submission()];
  await lane.submit(jobs, announcing(...jobs));
  const names = jobs.map(({ writes }) => ({ jobId: writes.jobId, no: FIRST_TASK }));
  await holdTasks(store, "s1", [{ ...names[1]!, fence: 1 }]);
  expect(await claimForWorker(store, ["resize"], 5, "s2")).toEqual([]);
  await returnToBacklog(store, names);
  expect((await claimForWorker(store, ["resize"], 5, "s2")).map(id)).toEqual([id(names[0]!)]);
});
