import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { JobEvent } from "@/lib/job-event";
import { workerRouteOf } from "@/server/http/worker-protocol/route-name";
import { CachedReading } from "@/server/metrics/cached-reading";
import { createHttpMetrics } from "@/server/metrics/http-metrics";
import { type CountedChange, createJobMetrics } from "@/server/metrics/job-metrics";
import { dependenciesOf } from "@/server/metrics/process-metrics";
import type { QueueFigures } from "@/server/metrics/queue-figures";
import { addQueueMetrics } from "@/server/metrics/queue-metrics";

const throwFault = (error: unknown) => {
  throw error;
};

/** The series of a registry, as `name{labels} value`. */
const linesOf = async (registry: Registry) =>
  (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));

const tasks = new Map([[1, { type: "resize" }]]);
const changeOf = (events: Partial<JobEvent>[], more: Partial<CountedChange> = {}): CountedChange => ({
  jobId: "01900000-0000-7000-8000-000000000000",
  blueprint: "photos",
  status: "waiting_for_worker",
  events: events as JobEvent[],
  tasksBefore: tasks,
  tasks: new Map(),
  ...more,
});

test("a committed change is counted by its events, under the names of its blueprint and its task", async () => {
  const registry = new Registry();
  const { note } = createJobMetrics(registry, throwFault);
  const failed = { n: 1, fence: 1, attempt: 1, message: "no" };
  note(
    changeOf([
      { kind: "task_failed", data: { ...failed, final: false, code: "TIMEOUT_ERROR" } },
      { kind: "task_retry_set", data: { n: 1, attempt: 2, due_ms: 5 } },
    ]),
  );
  for (const reason of ["lost", "not_begun", "handed_back", "retry"] as const)
    note(changeOf([{ kind: "task_redelivered", data: { n: 1, fence: 2, reason } }]));
  note(
    changeOf(
      [
        { kind: "task_failed", data: { ...failed, final: true, code: "WORKER_LOST" } },
        { kind: "job_quarantined", data: { code: "WORKER_LOST", message: "no", n: 1 } },
      ],
      { status: "quarantined" },
    ),
  );
  note(changeOf([{ kind: "job_completed", data: { outcome: "failure" } }], { status: "failed" }));
  // Failed and begun anew in one batch: it has not ended.
  note(changeOf([{ kind: "job_failed" }, { kind: "job_retried" }] as Partial<JobEvent>[], { status: "running" }));
  const lines = await linesOf(registry);
  for (const line of [
    'batuta_task_retries_total{task="resize",reason="timeout"} 1',
    'batuta_lease_expired_total{queue="resize"} 3',
    'batuta_jobs_quarantined_total{blueprint="photos"} 1',
    'batuta_deadletter_total{queue="resize"} 1',
    'batuta_jobs_total{blueprint="photos",outcome="failed"} 1',
    'batuta_job_duration_seconds_count{blueprint="photos"} 1',
  ])
    expect(lines).toContain(line);
  const seconds = Number(
    lines
      .find((line) => line.startsWith("batuta_job_duration_seconds_sum"))
      ?.split(" ")
      .at(-1),
  );
  expect(Math.abs(seconds - (Date.now() / 1_000 - 0x019000000000 / 1_000))).toBeLessThan(60);
});

test("a change that cannot be counted costs nobody anything, and is told", () => {
  const faults: unknown[] = [];
  const { note } = createJobMetrics(new Registry(), (error) => faults.push(error));
  note(changeOf([], { events: null as unknown as JobEvent[] }));
  expect(faults).toHaveLength(1);
});

test("a label keeps two hundred values; what came later is other, and is counted", async () => {
  const registry = new Registry();
  const { note } = createJobMetrics(registry, throwFault);
  const ended = [{ kind: "job_completed", data: { outcome: "success" } }] as Partial<JobEvent>[];
  for (let at = 0; at < 203; at += 1) note(changeOf(ended, { blueprint: `b${at}`, status: "finished" }));
  const lines = await linesOf(registry);
  expect(lines.filter((line) => line.startsWith("batuta_jobs_total"))).toHaveLength(201);
  expect(lines).toContain('batuta_jobs_total{blueprint="other",outcome="finished"} 3');
  expect(lines).toContain('batuta_metric_labels_dropped_total{label="blueprint"} 3');
});

const empty: QueueFigures = {
  tasks: [],
  served: [],
  paused: [],
  quarantined: [],
  jobs: [],
  workers: { live: 0, draining: 0 },
};

test("queues are shown with their tasks, workers and pauses; what is gone is shown no more", async () => {
  const registry = new Registry();
  const now: { figures: QueueFigures | null } = { figures: null };
  let asked = 0;
  const read = async () => {
    asked += 1;
    return now.figures;
  };
  addQueueMetrics(registry, { read, onFault: throwFault });
  // Another process shows them: here there is nothing at all, not even a nought.
  expect((await linesOf(registry)).filter((line) => !line.startsWith("batuta_metric_labels"))).toEqual([]);
  now.figures = {
    ...empty,
    tasks: [
      { type: "resize", state: "waiting", count: 3, oldestAgeMs: 2_500 },
      { type: "resize", state: "running", count: 1, oldestAgeMs: 9_000 },
    ],
    served: [{ type: "mail", workers: 2 }],
    paused: ["resize"],
    quarantined: [{ blueprint: "photos", count: 4 }],
    jobs: [{ status: "paused", count: 5 }],
    workers: { live: 2, draining: 1 },
  };
  const before = asked;
  const lines = await linesOf(registry);
  expect(asked - before).toBe(1);
  for (const line of [
    'batuta_queue_depth{queue="resize",state="waiting"} 3',
    'batuta_queue_depth{queue="resize",state="running"} 1',
    'batuta_queue_depth{queue="mail",state="waiting"} 0',
    'batuta_queue_oldest_age_seconds{queue="resize"} 2.5',
    'batuta_queue_workers{queue="resize"} 0',
    'batuta_queue_workers{queue="mail"} 2',
    'batuta_queue_paused{queue="resize"} 1',
    'batuta_quarantine_jobs{blueprint="photos"} 4',
    'batuta_jobs_open{status="paused"} 5',
    'batuta_workers{state="draining"} 1',
  ])
    expect(lines).toContain(line);
  // Kept for a while: nobody asks the database again.
  now.figures = empty;
  expect(await linesOf(registry)).toEqual(lines);
  expect(asked - before).toBe(1);
});

test("queues beyond two hundred are one, and hide neither tasks nor that nobody serves them", async () => {
  const registry = new Registry();
  const names = Array.from({ length: 210 }, (_, at) => `q${at}`);
  const figures = {
    ...empty,
    tasks: names.map((type, at) => ({ type, state: "waiting" as const, count: 1_000 - at, oldestAgeMs: at })),
    served: names.slice(0, 205).map((type) => ({ type, workers: 1 })),
  };
  addQueueMetrics(registry, { read: async () => figures, onFault: throwFault });
  const lines = await linesOf(registry);
  expect(lines.filter((line) => line.startsWith("batuta_queue_workers"))).toHaveLength(201);
  const sum = names.slice(200).reduce((all, _name, at) => all + 1_000 - (200 + at), 0);
  expect(lines).toContain(`batuta_queue_depth{queue="other",state="waiting"} ${sum}`);
  expect(lines).toContain('batuta_queue_workers{queue="other"} 0');
  expect(lines).toContain('batuta_queue_oldest_age_seconds{queue="other"} 0.209');
  // The counter stands before the gauges: the next to ask sees it.
  expect(await linesOf(registry)).toContain('batuta_metric_labels_dropped_total{label="queue"} 10');
});

test("a reading is asked for once at a time; a fault is told and not kept; who is late is not waited for", async () => {
  const faults: unknown[] = [];
  const clock = { now: 0 };
  const answers: (() => Promise<string | null>)[] = [
    () => Promise.reject(new Error("away")),
    () => Promise.resolve("one"),
    () => new Promise(() => undefined),
  ];
  const ask = () => answers.shift()?.() ?? Promise.reject(new Error("asked too often"));
  const onFault = (error: unknown) => faults.push(error);
  const reading = new CachedReading(ask, { keepMs: 10, waitMs: 5, onFault, now: () => clock.now });
  expect(await Promise.all([reading.read(), reading.read()])).toEqual([null, null]);
  expect(faults).toHaveLength(1);
  expect([await reading.read(), await reading.read()]).toEqual(["one", "one"]);
  clock.now = 10;
  expect([await reading.read(), await reading.read()]).toEqual([null, null]);
  expect(faults).toHaveLength(1);
});

test("dependencies: those in use, and all of them down while nobody can say", async () => {
  const health = (db: string, redis: string) => dependenciesOf(async () => ({ db, redis }), throwFault)();
  expect(await health("connected", "off")).toEqual({ db: true });
  expect(await health("disconnected", "connected")).toEqual({ db: false, redis: true });
  expect(
    await dependenciesOf(
      () => Promise.reject(new Error("away")),
      () => undefined,
    )(),
  ).toEqual({ db: false });
});

test("a request is counted by pattern and class; a made-up method is other", async () => {
  const registry = new Registry();
  const { answered } = createHttpMetrics(registry);
  answered({ route: "/api/v1/jobs/{job_id}", method: "BREW", status: 418, seconds: 0.01 });
  expect(await linesOf(registry)).toContain(
    'batuta_http_request_duration_seconds_count{route="/api/v1/jobs/{job_id}",method="other",status_class="4xx"} 1',
  );
});

test.each([
  ["/tasks/result", "/_worker/tasks/result"],
  ["/workers/w-7/tasks/next", "/_worker/workers/{worker_id}/tasks/next"],
  ["/workers/register", "/_worker/workers/register"],
  ["/workers/w-7", "/_worker/workers/{worker_id}"],
  ["/workers/w-7/status", "/_worker/workers/{worker_id}/status"],
  ["/ws/w-7", "/_worker/ws/{worker_id}"],
  ["/auth/token/refresh", "/_worker/auth/token/refresh"],
  ["/workers/w-7/secrets/of/w-7", "none"],
  ["/w-7", "none"],
])("the path %s of a worker is counted as %s", (path, route) => {
  expect(workerRouteOf(path)).toBe(route);
});
