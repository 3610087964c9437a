import { describe, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { MAX_LOSSES } from "@/server/engine/limits";
import { comparable, JOB_ID, MemoryJob } from "./decide-harness";

const single: BlueprintDocument = {
  name: "single",
  states: {
    work: {
      type: "task",
      start: true,
      task_type: "echo",
      params: { n: "${initial_data.n}" },
      transitions: { success: "done", needs_review: "review" },
      retry: { max_attempts: 3, base_ms: 100, jitter: false },
      timeout_seconds: 20,
    },
    review: {
      type: "approval",
      message: "Take ${initial_data.n}?",
      deadline_seconds: 60,
      quorum: 2,
      transitions: { approved: "done", rejected: "failed", expired: "failed" },
    },
    done: { type: "end", outcome: "success", result: { n: "${state_history.n}" } },
    failed: { type: "end", outcome: "failure" },
  },
};

const withFailure: BlueprintDocument = {
  ...single,
  states: {
    ...single.states,
    work: { type: "task", start: true, task_type: "echo", transitions: { success: "review", failure: "failed" } },
  },
};

const fan: BlueprintDocument = {
  name: "fan",
  states: {
    split: {
      type: "parallel",
      start: true,
      for_each: "${initial_data.items}",
      task: { task_type: "square", params: { value: "${item}", index: "${index}" }, retry: { max_attempts: 1 } },
      tolerate_failures: 1,
      aggregate_into: "sum",
      transitions: { failure: "failed" },
    },
    sum: { type: "set", values: { count: "${size(aggregation_list)}" }, to: "route" },
    route: { type: "choice", cases: [{ when: "state_history.count > 2", to: "big" }], default: "small" },
    big: { type: "end", outcome: "success" },
    small: { type: "end", outcome: "success", result: "small" },
    failed: { type: "end", outcome: "failure" },
  },
};

describe("a job with one task", () => {
  it("dispatches on its first change and ends with its result", () => {
    const job = new MemoryJob(single, { n: 3 });
    expect(job.kinds()).toEqual(["job_created", "state_entered", "task_dispatched"]);
    expect(job.writes[0]?.newTasks).toMatchObject([{ type: "echo", params: { n: 3 }, timeoutMs: 20_000, held: false }]);
    expect(job.answer("success", { n: 9 })).toEqual([{ applied: true }]);
    expect(job.job).toMatchObject({ status: "finished", state: "done", result: { n: 9 }, stateHistory: { n: 9 } });
    expect(job.writes[1]).toMatchObject({ goneTasks: [{ type: "echo" }], expectedVersion: 3, version: 6, status: 20 });
  });

  it("counts a result once", () => {
    const job = new MemoryJob(single, { n: 3 });
    const [task] = job.job.tasks.values();
    const report = {
      kind: "task_result",
      jobId: JOB_ID,
      no: task?.no ?? 0,
      fence: 1,
      worker: "w",
      outcome: "needs_review",
    } as const;
    expect(job.hear(report, report)).toEqual([{ applied: true }, { applied: false, reason: "stale_task" }]);
    expect(job.hear(report)).toEqual([{ applied: false, reason: "stale_task" }]);
  });

  it("refuses a result that names an older attempt", () => {
    const job = new MemoryJob(single, { n: 3 });
    const [task] = job.job.tasks.values();
    const no = task?.no ?? 0;
    job.hear({ kind: "delivery_lost", jobId: JOB_ID, no, fence: 1 });
    const late = job.hear({
      kind: "task_result",
      jobId: JOB_ID,
      no,
      fence: 1,
      worker: "w",
      outcome: "success",
      data: { n: 1 },
    });
    expect(late).toEqual([{ applied: false, reason: "stale_task" }]);
    expect(job.job.tasks.get(no)).toMatchObject({ fence: 2, losses: 1, attempt: 1 });
  });

  it("a task handed back by workers that stop is never lost, however often", () => {
    const job = new MemoryJob(single, { n: 3 });
    const no = [...job.job.tasks.keys()][0] ?? 0;
    for (let fence = 1; fence <= 5; fence++) {
      job.hear({ kind: "delivery_lost", jobId: JOB_ID, no, fence, worker: "w", handedBack: true });
    }
    expect(job.job.tasks.get(no)).toMatchObject({ phase: "ready", fence: 6, losses: 0, attempt: 1 });
    expect(job.job.status).toBe("waiting_for_worker");
  });

  it("retries with backoff, then quarantines", () => {
    const job = new MemoryJob(single, { n: 3 });
    const waits: (number | null | undefined)[] = [];
    for (let attempt = 1; attempt < 3; attempt++) {
      job.answerError("TRANSIENT_ERROR");
      const [task] = job.job.tasks.values();
      expect(job.job.status).toBe("awaiting_retry");
      waits.push(job.writes.at(-1)?.changedTasks[0]?.dueMs);
      job.hear({ kind: "task_due", jobId: JOB_ID, no: task?.no ?? 0, fence: attempt, reason: "retry" });
      expect(job.writes.at(-1)?.changedTasks).toMatchObject([
        { phase: "ready", fence: attempt + 1, attempt: attempt + 1 },
      ]);
    }
    expect(waits).toEqual([100, 200]);
    job.answerError("TRANSIENT_ERROR");
    expect(job.job).toMatchObject({ status: "quarantined", error: { code: "TRANSIENT_ERROR", state: "work" } });
    expect(job.job.tasks.size).toBe(0);
  });

  it.each([
    ["PERMANENT_ERROR", "quarantined"],
    ["INVALID_INPUT_ERROR", "failed"],
  ])("%s without a failure transition: %s", (code, status) => {
    const job = new MemoryJob(single, { n: 3 });
    job.answerError(code);
    expect(job.job.status).toBe(status);
  });

  it("follows a declared failure transition instead", () => {
    const job = new MemoryJob(withFailure);
    job.answerError("PERMANENT_ERROR");
    expect(job.job).toMatchObject({
      status: "failed",
      state: "failed",
      error: { code: "PERMANENT_ERROR", state: "work" },
    });
  });

  it("fails on an outcome that nobody declared", () => {
    const job = new MemoryJob(single, { n: 3 });
    job.answer("surprise");
    expect(job.job).toMatchObject({ status: "failed", error: { code: "UNHANDLED_OUTCOME" } });
    expect(job.job.error?.message).toContain("success, needs_review");
  });

  it("quarantines a task that kills its workers", () => {
    const job = new MemoryJob(single, { n: 3 });
    const [task] = job.job.tasks.values();
    for (let fence = 1; fence <= MAX_LOSSES; fence++)
      job.hear({ kind: "delivery_lost", jobId: JOB_ID, no: task?.no ?? 0, fence });
    expect(job.job).toMatchObject({ status: "quarantined", error: { code: "WORKER_LOST" } });
  });

  it("what a worker held ahead falls with it without blame; what had begun is to blame", () => {
    const job = new MemoryJob(single, { n: 3 });
    const no = [...job.job.tasks.keys()][0] ?? 0;
    let fence = 1;
    const lose = () => job.hear({ kind: "delivery_lost", jobId: JOB_ID, no, fence: fence++, ahead: true });
    for (let death = 0; death < 10; death++) lose();
    expect(job.job.tasks.get(no)).toMatchObject({ losses: 0, fence: 11, attempt: 1 });
    for (let death = 0; death < MAX_LOSSES; death++) {
      expect(job.job.status).toBe("waiting_for_worker");
      job.hear({ kind: "task_started", jobId: JOB_ID, no, fence, worker: "w", session: "s" });
      lose();
    }
    expect(job.job).toMatchObject({ status: "quarantined", error: { code: "WORKER_LOST" } });
  });

  it("ends an attempt that ran too long", () => {
    const job = new MemoryJob(single, { n: 3 });
    const no = [...job.job.tasks.keys()][0] ?? 0;
    job.hear({ kind: "task_started", jobId: JOB_ID, no, fence: 1, worker: "w", session: "s" });
    expect(job.writes.at(-1)?.changedTasks).toMatchObject([{ phase: "started", worker: "s", dueMs: 25_000 }]);
    job.hear({ kind: "task_due", jobId: JOB_ID, no, fence: 1, reason: "attempt_timeout" });
    expect(job.job.status).toBe("awaiting_retry");
  });
});

describe("an approval", () => {
  const ana = { kind: "operator", id: "ana", name: "Ana" } as const;
  const luis = { kind: "operator", id: "luis", name: "Luis" } as const;
  const asked = () => {
    const job = new MemoryJob(single, { n: 3 });
    job.answer("needs_review", { n: 3 });
    return { job, no: job.job.approval?.no ?? 0 };
  };

  it("asks with its message and counts distinct people up to the quorum", () => {
    const { job, no } = asked();
    expect(job.job.approval).toMatchObject({ message: "Take 3?", quorum: 2, decisions: ["approved", "rejected"] });
    expect(job.writes.at(-1)).toMatchObject({
      newApproval: { status: 0, deadlineMs: 60_000 },
      timersSet: [{ key: "approval" }],
    });
    const decide = (by: typeof ana | typeof luis) =>
      job.hear({ kind: "approval_decided", jobId: JOB_ID, no, decision: "approved", by });
    expect(decide(ana)).toEqual([{ applied: true }]);
    expect(job.writes.at(-1)?.changedApproval).toMatchObject({ status: 0, approval: { votes: [{ by: ana }] } });
    expect(decide(ana)).toEqual([{ applied: false, reason: "already_decided", by: ana }]);
    expect(decide(luis)).toEqual([{ applied: true }]);
    expect(job.job.status).toBe("finished");
    expect(job.writes.at(-1)).toMatchObject({
      changedApproval: { status: 1, outcome: "approved" },
      timersCleared: ["approval"],
    });
    expect(decide(luis)).toEqual([{ applied: false, reason: "already_decided", by: luis }]);
  });

  it("ends with the first rejection", () => {
    const { job, no } = asked();
    job.hear({ kind: "approval_decided", jobId: JOB_ID, no, decision: "rejected", by: ana });
    expect(job.job).toMatchObject({ status: "failed", state: "failed" });
  });

  it("refuses a word that is no transition, and 'expired' from a person", () => {
    const { job, no } = asked();
    for (const decision of ["maybe", "expired"]) {
      const verdicts = job.hear({ kind: "approval_decided", jobId: JOB_ID, no, decision, by: ana });
      expect(verdicts).toEqual([{ applied: false, reason: "unknown_decision" }]);
    }
  });

  it("expires as an outcome of its own", () => {
    const { job, no } = asked();
    job.hear({ kind: "timer_fired", jobId: JOB_ID, key: "approval" });
    expect(job.job).toMatchObject({ status: "failed", state: "failed" });
    expect(job.writes.at(-1)?.changedApproval).toMatchObject({ status: 2, outcome: "expired" });
    expect(job.hear({ kind: "approval_decided", jobId: JOB_ID, no, decision: "approved", by: ana })[0]).toMatchObject({
      applied: false,
    });
  });
});

describe("a fan-out", () => {
  it("enters its aggregate once, when the last branch ends", () => {
    const job = new MemoryJob(fan, { items: [1, 2, 3] });
    expect(job.writes[0]).toMatchObject({ newGroup: { expected: 3, pending: 3 } });
    expect(job.writes[0]?.newTasks.map((task) => task.params)).toEqual([
      { value: 1, index: 0 },
      { value: 2, index: 1 },
      { value: 3, index: 2 },
    ]);
    for (const branch of [2, 0, 1]) job.answer("success", { got: branch }, branch);
    expect(job.kinds().filter((kind) => kind === "tasks_aggregated")).toHaveLength(1);
    expect(job.job.aggregation?.map((result) => result.data)).toEqual([{ got: 0 }, { got: 1 }, { got: 2 }]);
    expect(job.job).toMatchObject({ status: "finished", state: "big" });
    expect(job.writes.at(-1)?.goneGroup).toBe(job.writes[0]?.newGroup?.no);
  });

  it("folds many results into one change", () => {
    const job = new MemoryJob(fan, { items: [1, 2, 3] });
    const reports = [...job.job.tasks.values()].map(
      ({ no, fence }) => ({ kind: "task_result", jobId: JOB_ID, no, fence, worker: "w", outcome: "success" }) as const,
    );
    job.hear(...reports);
    expect(job.writes).toHaveLength(2);
    expect(job.writes[1]?.goneTasks).toHaveLength(3);
  });

  it("tolerates so many failures, and one more follows its failure transition", () => {
    const tolerated = new MemoryJob(fan, { items: [1, 2] });
    tolerated.answerError("PERMANENT_ERROR", 0);
    tolerated.answer("success", {}, 1);
    expect(tolerated.job).toMatchObject({ status: "finished", state: "small", result: "small" });
    const failed = new MemoryJob(fan, { items: [1, 2, 3] });
    failed.answerError("PERMANENT_ERROR", 0);
    failed.answerError("PERMANENT_ERROR", 1);
    expect(failed.job).toMatchObject({ status: "failed", error: { code: "PERMANENT_ERROR" } });
    expect(failed.writes.at(-1)?.goneTasks).toHaveLength(2);
  });

  it("goes on at once with an empty list, and refuses what is no list", () => {
    expect(new MemoryJob(fan, { items: [] }).job).toMatchObject({ status: "finished", state: "small" });
    expect(new MemoryJob(fan, { items: "no" }).job).toMatchObject({ status: "failed", state: "failed" });
    expect(new MemoryJob(fan, { items: Array(1001).fill(1) }).job.state).toBe("failed");
  });
});

describe("operators", () => {
  const by = { kind: "operator", id: "1" } as const;

  it("cancel drops everything open, and nothing moves the job any more", () => {
    const job = new MemoryJob(fan, { items: [1, 2, 3] });
    job.hear({ kind: "cancel", jobId: JOB_ID, by });
    expect(job.job.status).toBe("cancelled");
    expect(job.writes.at(-1)).toMatchObject({ goneTasks: [{}, {}, {}], goneGroup: expect.any(Number) });
    expect(job.hear({ kind: "cancel", jobId: JOB_ID, by })).toEqual([{ applied: false, reason: "job_cancelled" }]);
    expect(job.hear({ kind: "retry", jobId: JOB_ID, by })).toEqual([{ applied: false, reason: "not_retryable" }]);
  });

  it("retry runs the state again that stopped", () => {
    const job = new MemoryJob(single, { n: 3 });
    job.answerError("PERMANENT_ERROR");
    job.hear({ kind: "retry", jobId: JOB_ID, by });
    expect(job.job).toMatchObject({ status: "waiting_for_worker", state: "work", error: null });
    // Quarantine is no end: only a job that ended is reopened.
    expect(job.writes.at(-1)?.reopen).toBe(false);
    job.answer("success", { n: 1 });
    expect(job.hear({ kind: "retry", jobId: JOB_ID, by })).toEqual([{ applied: false, reason: "not_retryable" }]);
  });

  it("retry of a job in its failure end goes back to the state that failed", () => {
    const job = new MemoryJob(withFailure);
    job.answerError("PERMANENT_ERROR");
    job.hear({ kind: "retry", jobId: JOB_ID, by });
    expect(job.job).toMatchObject({ state: "work", status: "waiting_for_worker" });
  });
});

it("a held branch has no time in the queue before it is freed", () => {
  const job = new MemoryJob({
    name: "held",
    states: {
      fan: {
        type: "parallel",
        start: true,
        tasks: [
          { task_type: "a", dispatch_timeout_seconds: 10 },
          { task_type: "a", dispatch_timeout_seconds: 10 },
        ],
        concurrency: 1,
        aggregate_into: "done",
      },
      done: { type: "end", outcome: "success" },
    },
  });
  expect(job.writes[0]?.newTasks.map((task) => task.dispatchDeadlineMs)).toEqual([10_000, null]);
  job.answer("success", {}, 0);
  expect(job.writes[1]?.changedTasks).toMatchObject([{ phase: "ready", dispatchDeadlineMs: 10_000 }]);
});

it("a job that is retried has its time limit again", () => {
  const job = new MemoryJob({
    name: "limited",
    timeout_seconds: 60,
    states: {
      work: { type: "task", start: true, task_type: "a", transitions: { success: "done" } },
      done: { type: "end", outcome: "success" },
    },
  });
  job.answerError("PERMANENT_ERROR");
  expect(job.job.timers.size).toBe(0);
  job.hear({ kind: "retry", jobId: JOB_ID, by: { kind: "operator", id: "ana" } });
  expect(job.job.timers.get("job")).toMatchObject({ kind: "job_deadline", dueMs: 60_000 });
});

it("a loop without work ends at its limit", () => {
  const loop: BlueprintDocument = {
    name: "loop",
    max_transitions: 50,
    states: {
      a: { type: "choice", start: true, cases: [{ when: "initial_data.stop == true", to: "end" }], default: "b" },
      b: { type: "set", values: { x: 1 }, to: "a" },
      end: { type: "end", outcome: "success" },
    },
  };
  expect(new MemoryJob(loop).job).toMatchObject({
    status: "error",
    error: { code: "MAX_TRANSITIONS" },
    transitions: 50,
  });
});

it("a job folded from its events is the job that decided them", () => {
  for (const make of [
    () => new MemoryJob(single, { n: 1 }),
    () => new MemoryJob(fan, { items: [1, 2] }),
    () => new MemoryJob(withFailure),
  ]) {
    const job = make();
    expect(comparable(job.reloaded())).toEqual(comparable(job.job));
    if (job.job.tasks.size > 0) job.answerError("PERMANENT_ERROR");
    expect(comparable(job.reloaded())).toEqual(comparable(job.job));
  }
});

it("a task that waits for its next attempt is in nobody's hands, also for the engine that saw the last one start", () => {
  const job = new MemoryJob(single, { n: 1 });
  const [task] = [...job.job.tasks.values()];
  if (!task) throw new Error("no open task");
  const { no, fence } = task;
  job.hear({ kind: "task_started", jobId: JOB_ID, no, fence, worker: "w1", session: "s1" });
  expect(job.writes.at(-1)?.changedTasks).toMatchObject([{ phase: "started", worker: "s1" }]);
  job.answerError("TRANSIENT_ERROR");
  expect(job.writes.at(-1)?.changedTasks).toMatchObject([{ phase: "retry", worker: null }]);
  job.hear({ kind: "task_due", jobId: JOB_ID, no, fence, reason: "retry" });
  expect(job.writes.at(-1)?.changedTasks).toMatchObject([{ phase: "ready", worker: null }]);
});

it("a handler's failure told twice burns one attempt", () => {
  const document = {
    name: "thinking",
    states: {
      think: { type: "handler" as const, start: true, handler: "think", to: ["done"] },
      done: { type: "end" as const, outcome: "success" as const },
    },
  };
  const job = new MemoryJob(document);
  const failure = { kind: "handler_failed", jobId: JOB_ID, entry: job.job.entry, message: "it threw" } as const;
  expect(job.hear(failure, failure)).toEqual([{ applied: true }, { applied: false, reason: "not_waiting" }]);
  expect(job.job).toMatchObject({ status: "awaiting_retry", handlerFailures: 1 });
});
