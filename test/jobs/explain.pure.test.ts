import { expect, test } from "vitest";
import { explainAnswer } from "@/lib/api/explain";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS, type JobStatus } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import { explain } from "@/server/jobs/explain/explain";
import { SENTENCE_KEYS, type SentenceKey } from "@/server/jobs/explain/sentences";
import type { Told } from "@/server/jobs/explain/told";
import type { ExplainedTask, ExplainFacts } from "@/server/store/reads/explain-facts";
import { knownWorker } from "@/test/dispatch/known-worker";

const ID = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b";
const CHILD = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4c";
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second));

function factsOf(status: JobStatus, more: Partial<ExplainFacts> = {}): ExplainFacts {
  return {
    now: at(30),
    job: {
      id: ID,
      client_id: 1,
      blueprint_id: 1,
      blueprint_name: "order",
      blueprint_version: 3,
      status: JOB_STATUS[status].code,
      state: "pack",
      version: 9,
      updated_at: at(9),
      created_at: at(0),
      error: null,
    },
    tasks: [],
    openTasks: more.tasks?.length ?? 0,
    runningTasks: 0,
    group: null,
    timers: [],
    approval: null,
    workers: [],
    pausedTypes: [],
    child: null,
    left: null,
    engines: ["e1", "e2"],
    handlerEngines: ["e1"],
    recent: [],
    ...more,
  };
}

function toldOf(status: JobStatus, more: Partial<Told> = {}): Told {
  return {
    status,
    signal: null,
    exits: ["success", "failure"],
    nextEscalation: null,
    maxAttempts: new Map([[5, 4]]),
    concurrency: null,
    handlerFailures: 0,
    ...more,
  };
}

function taskOf(status: number, more: Partial<ExplainedTask> = {}): ExplainedTask {
  return {
    no: 5,
    type: "box",
    status,
    attempt: 2,
    branch: null,
    worker: null,
    worker_live: null,
    created_at: at(3),
    due_at: null,
    dispatch_deadline: null,
    deadline_at: null,
    timeout_ms: null,
    progress: null,
    progress_message: null,
    ahead: null,
    ...more,
  };
}

const event = (kind: keyof typeof EVENT_KIND, second: number, data: object = {}) => ({
  seq: second,
  kind: EVENT_KIND[kind],
  at: at(second),
  data: data as never,
});

const backlog = (ahead: number, more: Partial<ExplainedTask> = {}) => taskOf(TASK_STATUS.backlog, { ahead, ...more });
const served = (live: number, busy: number, draining: number) => [{ type: "box", live, busy, draining }];
const approval = {
  no: 7,
  message: "Publish?",
  approvers: ["role:approver", "user:ana@example.com"],
  quorum: 2,
  votes: [{ decision: "approved", by: { kind: "operator" as const, id: "1", name: "Tom" } }],
  asked_at: at(4),
  deadline_at: at(50),
};

interface Case {
  key: SentenceKey;
  facts: ExplainFacts;
  told: Told;
  kind: string;
  since: number;
  /** What would end it, in order. */
  ends: string[];
  says: string;
}

const worker = { told: toldOf("waiting_for_worker"), kind: "worker" };
const cases: Case[] = [
  {
    ...worker,
    key: "worker_none",
    facts: factsOf("waiting_for_worker", {
      tasks: [backlog(0, { dispatch_deadline: at(40) })],
      workers: served(0, 0, 0),
    }),
    since: 3,
    ends: ["worker", "dispatch_timeout", "complete"],
    says: "Waits for a worker that does 'box': none is running.",
  },
  {
    ...worker,
    key: "worker_draining",
    facts: factsOf("waiting_for_worker", { tasks: [backlog(0)], workers: served(2, 0, 2) }),
    since: 3,
    ends: ["worker", "complete"],
    says: "all 2 that do are about to stop",
  },
  {
    ...worker,
    key: "worker_busy",
    facts: factsOf("waiting_for_worker", { tasks: [backlog(12)], workers: served(3, 2, 1) }),
    since: 3,
    ends: ["worker", "complete"],
    says: "all 3 that do 'box' are busy, and 12 tasks are ahead of it",
  },
  {
    ...worker,
    key: "worker_free",
    facts: factsOf("waiting_for_worker", {
      tasks: [backlog(4, { deadline_at: at(45) })],
      workers: served(3, 2, 0),
      recent: [event("task_redelivered", 8, { n: 5 })],
      timers: [{ key: "job", due_at: at(59), set: null }],
    }),
    since: 8,
    ends: ["worker", "result_timeout", "complete", "job_timeout"],
    says: "3 workers do 'box', and 4 tasks are ahead of it",
  },
  {
    ...worker,
    key: "worker_next",
    facts: factsOf("waiting_for_worker", { tasks: [taskOf(TASK_STATUS.announced)], workers: served(1, 0, 0) }),
    since: 3,
    ends: ["worker", "complete"],
    says: "handed out next",
  },
  {
    ...worker,
    key: "placement_none",
    facts: factsOf("waiting_for_worker", {
      tasks: [taskOf(TASK_STATUS.unplaced, { wish: { max_cost: 1, requirements: { resources: { ram_gb: 64 } } } })],
      workers: served(3, 0, 1),
      placement: {
        workers: 5,
        known: [
          knownWorker("a", { draining: true }),
          knownWorker("b", { card: { resources: { properties: { ram_gb: 8 }, devices: [] } } }),
          knownWorker("c", {
            card: { resources: { properties: { ram_gb: 64 }, devices: [] }, costPerSkill: { box: 2 } },
          }),
        ],
        loads: {},
      },
    }),
    since: 3,
    ends: ["worker", "complete"],
    says: "of 5 workers none does: 2 without the skill, 1 about to stop, 1 with too few resources, 1 that cost too much.",
  },
  {
    ...worker,
    key: "placement_busy",
    facts: factsOf("waiting_for_worker", {
      tasks: [taskOf(TASK_STATUS.unplaced, { wish: { strategy: "cheapest" } })],
      workers: served(1, 1, 0),
      placement: { workers: 2, known: [knownWorker("a")], loads: { a: 3 } },
    }),
    since: 3,
    ends: ["worker", "complete"],
    says: "1 of 2 workers satisfy what 'box' asks",
  },
  {
    ...worker,
    key: "placed",
    facts: factsOf("waiting_for_worker", {
      tasks: [taskOf(TASK_STATUS.placed, { wish: { strategy: "cheapest" }, worker: "w7" })],
      workers: served(1, 1, 0),
    }),
    since: 3,
    ends: ["worker", "complete"],
    says: "Waits at w7, which was chosen for 'box'",
  },
  {
    ...worker,
    key: "queue_paused",
    facts: factsOf("waiting_for_worker", { tasks: [backlog(0)], workers: served(1, 0, 0), pausedTypes: ["box"] }),
    since: 3,
    ends: ["queue", "complete"],
    says: "the queue of 'box' is paused",
  },
  {
    told: toldOf("waiting_for_worker"),
    kind: "task_running",
    key: "task_running",
    facts: factsOf("waiting_for_worker", {
      tasks: [taskOf(TASK_STATUS.running, { worker: "w1", worker_live: true, timeout_ms: 5000, due_at: at(41) })],
      recent: [event("task_started", 6, { n: 5 }), event("task_started", 5, { n: 4 })],
    }),
    since: 6,
    ends: ["result", "attempt_timeout", "complete"],
    says: "'box' runs at w1, attempt 2.",
  },
  {
    told: toldOf("waiting_for_worker", { exits: [] }),
    kind: "task_running",
    key: "task_progress",
    facts: factsOf("waiting_for_worker", {
      tasks: [taskOf(TASK_STATUS.running, { worker: "w1", worker_live: true, progress: 0.426 })],
    }),
    since: 3,
    ends: ["result"],
    says: "43 % done",
  },
  {
    told: toldOf("waiting_for_worker"),
    kind: "task_running",
    key: "task_worker_gone",
    facts: factsOf("waiting_for_worker", {
      tasks: [taskOf(TASK_STATUS.running, { worker: "w1", worker_live: false })],
    }),
    since: 3,
    ends: ["result", "complete"],
    says: "not heard of any more",
  },
  {
    told: toldOf("awaiting_retry"),
    kind: "retry",
    key: "retry",
    facts: factsOf("awaiting_retry", {
      tasks: [taskOf(TASK_STATUS.retry, { due_at: at(33) })],
      recent: [
        event("task_retry_set", 7, { n: 5 }),
        event("task_failed", 6, { n: 5, code: "TRANSIENT_ERROR", message: "no glue" }),
      ],
    }),
    since: 7,
    ends: ["retry", "complete"],
    says: "Attempt 2 of 'box' begins at 2026-01-01T12:00:33.000Z, after: no glue",
  },
  {
    told: toldOf("waiting_for_parallel_tasks", { concurrency: 20, exits: ["aggregate"] }),
    kind: "place",
    key: "place",
    facts: factsOf("waiting_for_parallel_tasks", { tasks: [taskOf(TASK_STATUS.held, { branch: 30 })] }),
    since: 3,
    ends: ["place", "complete"],
    says: "at most 20 branches",
  },
  {
    told: toldOf("running"),
    kind: "handler",
    key: "handler_running",
    facts: factsOf("running", {
      timers: [{ key: "handler", due_at: at(35), set: { engine: "e1" } }],
      recent: [event("state_entered", 5)],
    }),
    since: 5,
    ends: ["handler", "handler_timeout", "complete"],
    says: "runs at the engine e1, until 2026-01-01T12:00:35.000Z",
  },
  {
    told: toldOf("running"),
    kind: "handler",
    key: "handler_engine_gone",
    facts: factsOf("running", { timers: [{ key: "handler", due_at: at(35), set: { engine: "e9" } }] }),
    since: 9,
    ends: ["handler", "handler_timeout", "complete"],
    says: "the engine e9, which is gone",
  },
  {
    told: toldOf("awaiting_retry", { handlerFailures: 1 }),
    kind: "handler",
    key: "handler_retry",
    facts: factsOf("awaiting_retry", {
      timers: [{ key: "handler", due_at: at(35), set: null }],
      recent: [event("handler_failed", 7, { message: "boom" })],
    }),
    since: 7,
    ends: ["retry", "complete"],
    says: "runs again at 2026-01-01T12:00:35.000Z, after: boom",
  },
  {
    told: toldOf("waiting_for_human", { exits: ["approved"], nextEscalation: ["role:admin"] }),
    kind: "approval",
    key: "approval",
    facts: factsOf("waiting_for_human", { approval, timers: [{ key: "escalation", due_at: at(44), set: null }] }),
    since: 4,
    ends: ["decision", "deadline", "complete"],
    says: "a decision by role:approver, user:ana@example.com: 1 of 2 have decided",
  },
  {
    told: toldOf("waiting", { exits: ["next"] }),
    kind: "timer",
    key: "timer",
    facts: factsOf("waiting", {
      timers: [{ key: "wait", due_at: at(47), set: null }],
      recent: [event("wait_started", 8)],
    }),
    since: 8,
    ends: ["timer", "complete"],
    says: "Waits until 2026-01-01T12:00:47.000Z.",
  },
  {
    told: toldOf("waiting", { signal: "picked_up" }),
    kind: "signal",
    key: "signal",
    facts: factsOf("waiting"),
    since: 9,
    ends: ["signal", "complete"],
    says: "Waits for the signal 'picked_up'.",
  },
  {
    told: toldOf("waiting", { signal: "picked_up" }),
    kind: "signal",
    key: "signal_until",
    facts: factsOf("waiting", { timers: [{ key: "wait", due_at: at(47), set: null }] }),
    since: 9,
    ends: ["signal", "timeout", "complete"],
    says: "'picked_up', until 2026-01-01T12:00:47.000Z",
  },
  ...(["running", "quarantined"] as const).map(
    (status): Case => ({
      told: toldOf("waiting_for_sub_job"),
      kind: "child",
      key: status === "quarantined" ? "child_quarantined" : "child",
      facts: factsOf("waiting_for_sub_job", {
        child: { id: CHILD, blueprint_name: "notify", status: JOB_STATUS[status].code, state: "send" },
        recent: [event("child_started", 6)],
      }),
      since: 6,
      ends: status === "quarantined" ? ["child", "child_requeue", "complete"] : ["child", "complete"],
      says: status === "quarantined" ? "stands in quarantine in 'send'" : "which is running in 'send'",
    }),
  ),
  {
    told: toldOf("waiting_for_sub_job"),
    kind: "child",
    key: "child_absent",
    facts: factsOf("waiting_for_sub_job"),
    since: 9,
    ends: ["child", "complete"],
    says: "not to be found",
  },
  ...([undefined, "stock is counted"] as const).map(
    (reason): Case => ({
      told: toldOf("waiting_for_worker"),
      kind: "paused",
      key: reason ? "paused_because" : "paused",
      facts: factsOf("paused", {
        recent: [
          event("job_paused", 7, { by: { kind: "operator", id: "1", name: "Ana" }, ...(reason ? { reason } : {}) }),
        ],
      }),
      since: 7,
      ends: ["resume"],
      says: reason ? "Was paused by Ana: stock is counted" : "Was paused by Ana.",
    }),
  ),
  {
    told: toldOf("quarantined", { exits: [] }),
    kind: "quarantined",
    key: "quarantined",
    facts: (() => {
      const facts = factsOf("quarantined", { recent: [event("job_quarantined", 8)] });
      return { ...facts, job: { ...facts.job, error: { code: "PERMANENT_ERROR", message: "the box is broken" } } };
    })(),
    since: 8,
    ends: ["requeue", "retry", "give_up"],
    says: "Stands in quarantine: the box is broken",
  },
  {
    told: toldOf("running", { exits: [] }),
    kind: "version",
    key: "version",
    facts: factsOf("running", { left: { needs: ["hash:abc"], at: at(2) } }),
    since: 2,
    ends: ["engine_with_version"],
    says: "version 3 of 'order'",
  },
  {
    told: toldOf("pending"),
    kind: "engine",
    key: "engine",
    facts: factsOf("pending"),
    since: 9,
    ends: ["engine"],
    says: "One of 2 engines",
  },
  {
    told: toldOf("pending"),
    kind: "engine",
    key: "engine_none",
    facts: factsOf("pending", { engines: [] }),
    since: 9,
    ends: ["engine"],
    says: "none is running",
  },
];

test.each(cases.map((each) => [each.key, each] as const))("%s: the kind, since when, what ends it", (key, each) => {
  const answer = explain(each.facts, each.told);
  expect(explainAnswer.safeParse(answer).error).toBeUndefined();
  const [first] = answer.waiting;
  expect(first).toMatchObject({ kind: each.kind, key, since: at(each.since).toISOString(), state: "pack" });
  expect(first?.ends_by.map(({ what }) => what)).toEqual(each.ends);
  expect(first?.sentence).toContain(each.says);
  expect(answer.sentence).toContain(each.says);
  expect(first?.sentence).not.toMatch(/[{}—]|null|undefined/);
});

test("every sentence has a case", () => {
  const covered = new Set<string>([...cases.map(({ key }) => key), "ended", "branches"]);
  expect(SENTENCE_KEYS.filter((key) => !covered.has(key))).toEqual([]);
});

test("a fan-out is told in one sentence, with its first open branches one by one", () => {
  const tasks = [
    taskOf(TASK_STATUS.running, { no: 9, branch: 1, worker: "w1", worker_live: true }),
    backlog(3, { no: 10, branch: 2 }),
  ];
  const facts = factsOf("waiting_for_parallel_tasks", {
    tasks,
    openTasks: 60,
    runningTasks: 8,
    group: { expected: 100, pending: 60, failed: 1 },
    workers: served(8, 8, 0),
  });
  const answer = explain(facts, toldOf("waiting_for_parallel_tasks", { exits: ["aggregate"] }));
  expect(answer.sentence).toBe(
    "40 of 100 branches have ended, 8 run at workers. The first that is open: 'box' runs at w1, attempt 2.",
  );
  expect(answer.waiting.map(({ kind, task }) => [kind, task?.branch])).toEqual([
    ["task_running", 1],
    ["worker", 2],
  ]);
  expect(answer.more).toBe(58);
});

test("a paused job says what goes on under the pause, and nothing of what is held", () => {
  const tasks = [
    taskOf(TASK_STATUS.held, { no: 9 }),
    taskOf(TASK_STATUS.running, { no: 10, worker: "w1", worker_live: true }),
  ];
  const running = explain(factsOf("paused", { tasks }), toldOf("waiting_for_parallel_tasks"));
  expect(running.waiting.map(({ kind }) => kind)).toEqual(["paused", "task_running"]);
  const asked = explain(factsOf("paused", { approval }), toldOf("waiting_for_human"));
  expect(asked.waiting.map(({ kind }) => kind)).toEqual(["paused", "approval"]);
});

test("an ended job waits for nothing", () => {
  const answer = explain(factsOf("cancelled"), toldOf("cancelled"));
  expect(answer).toMatchObject({ sentence: "It has ended: cancelled.", waiting: [], complete_with: [], more: 0 });
});
