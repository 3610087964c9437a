import { describe, expect, it } from "vitest";
import type { BlueprintDocument, Transitions } from "@/lib/blueprint/document";
import { errorPolicies } from "@/lib/error-code";
import type { JobStatus } from "@/lib/job-status";
import { MAX_LOSSES } from "@/server/engine/limits";
import type { Signal } from "@/server/engine/signal";
import { JOB_ID, MemoryJob } from "./decide-harness";

const ATTEMPTS = 3;

/** One task with three attempts, and what the row declares beside `success`. */
function oneTask(more: Transitions = {}, options: { output_schema?: { type: string } } = {}): BlueprintDocument {
  return {
    name: "one",
    states: {
      work: {
        type: "task",
        start: true,
        task_type: "echo",
        transitions: { success: "done", ...more },
        retry: { max_attempts: ATTEMPTS, base_ms: 100, jitter: false },
        ...options,
      },
      done: { type: "end", outcome: "success" },
      caught: { type: "end", outcome: "failure", result: { error: "${error.code}" } },
    },
  };
}

/** Two branches of one attempt each, none of which may fail. */
function oneBranch(transitions?: { failure: string }): BlueprintDocument {
  return {
    name: "fan",
    states: {
      fan: {
        type: "parallel",
        start: true,
        tasks: [
          { task_type: "a", retry: { max_attempts: 1 } },
          { task_type: "b", retry: { max_attempts: 1 } },
        ],
        aggregate_into: "done",
        ...(transitions ? { transitions } : {}),
      },
      done: { type: "end", outcome: "success" },
      caught: { type: "end", outcome: "failure" },
    },
  };
}

/** Fails attempt after attempt with the code until the job does not try again; returns how many attempts it was. */
function failUntilItGivesUp(job: MemoryJob, code: string): number {
  for (let attempt = 1; ; attempt++) {
    job.answerError(code);
    const task = [...job.job.tasks.values()][0];
    if (task?.phase !== "retry") return attempt;
    job.hear({ kind: "task_due", jobId: JOB_ID, no: task.no, fence: task.fence, reason: "retry" });
  }
}

/** code, attempts until the task gives up, how the job then stands when nothing is declared */
const TABLE: [code: string, attempts: number, stands: JobStatus][] = [
  ["TRANSIENT_ERROR", ATTEMPTS, "quarantined"],
  ["RESOURCE_EXHAUSTED_ERROR", ATTEMPTS, "quarantined"],
  ["TIMEOUT_ERROR", ATTEMPTS, "quarantined"],
  ["INTERNAL_ERROR", ATTEMPTS, "quarantined"],
  ["PERMANENT_ERROR", 1, "quarantined"],
  ["SECURITY_ERROR", 1, "quarantined"],
  ["DEPENDENCY_ERROR", 1, "quarantined"],
  ["CONTRACT_VIOLATION", 1, "quarantined"],
  ["INVALID_INPUT_ERROR", 1, "failed"],
  ["LIMIT_EXCEEDED_ERROR", ATTEMPTS, "quarantined"],
  ["DEPENDENCY_MISSING_ERROR", ATTEMPTS, "quarantined"],
  ["LATE_RESULT", ATTEMPTS, "quarantined"],
  ["CONTRACT_VIOLATION_ERROR", 1, "quarantined"],
  ["INTEGRITY_MISMATCH_ERROR", 1, "failed"],
];
/** Words that no table has: a worker may send any. */
const UNKNOWN: [code: string, attempts: number, stands: JobStatus][] = ["transient_error", "toString", ""].map(
  (code) => [code, ATTEMPTS, "quarantined"],
);

describe("the table of error codes", () => {
  it("has a row here for every code", () => {
    expect(TABLE.map(([code]) => code).sort()).toEqual(Object.keys(errorPolicies).sort());
  });

  describe.each([...TABLE, ...UNKNOWN])("%s", (code, attempts, stands) => {
    it(`is tried ${attempts} times, then the job is ${stands}`, () => {
      const job = new MemoryJob(oneTask());
      expect(failUntilItGivesUp(job, code)).toBe(attempts);
      expect(job.job).toMatchObject({ status: stands, error: { code, message: `it was ${code}`, state: "work" } });
      expect(job.job.tasks.size + job.job.timers.size).toBe(0);
    });

    it("follows a declared failure transition instead, with the error in scope", () => {
      const job = new MemoryJob(oneTask({ failure: "caught" }));
      expect(failUntilItGivesUp(job, code)).toBe(attempts);
      expect(job.job).toMatchObject({ status: "failed", state: "caught", result: { error: code } });
    });

    it(`of a branch beyond what is tolerated: the job is ${stands}, or goes where the fan-out's failure leads`, () => {
      const job = new MemoryJob(oneBranch());
      job.answerError(code, 0);
      expect(job.job).toMatchObject({ status: stands, error: { code } });
      const declared = new MemoryJob(oneBranch({ failure: "caught" }));
      declared.answerError(code, 0);
      expect(declared.job).toMatchObject({ status: "failed", state: "caught" });
    });
  });

  it("no code at all: as INTERNAL_ERROR, but a declared failure transition is the worker's own choice and followed at once", () => {
    const job = new MemoryJob(oneTask());
    job.answer("failure");
    expect([...job.job.tasks.values()][0]).toMatchObject({ phase: "retry", attempt: 2 });
    expect(job.events.find((event) => event.kind === "task_failed")?.data).toMatchObject({ code: "INTERNAL_ERROR" });
    const declared = new MemoryJob(oneTask({ failure: "caught" }));
    declared.answer("failure");
    expect(declared.job.state).toBe("caught");
  });

  it("waits between attempts with exponential backoff, and as long as a worker asks for", () => {
    const job = new MemoryJob(oneTask());
    const waits: (number | undefined)[] = [];
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      job.answerError("TRANSIENT_ERROR");
      const task = [...job.job.tasks.values()][0];
      if (!task) throw new Error("no open task");
      waits.push(task.dueMs);
      job.hear({ kind: "task_due", jobId: JOB_ID, no: task.no, fence: task.fence, reason: "retry" });
    }
    expect(waits).toEqual([100, 200]);

    const asked = new MemoryJob(oneTask());
    const [task] = [...asked.job.tasks.values()];
    if (!task) throw new Error("no open task");
    const { no, fence } = task;
    const error = { code: "TRANSIENT_ERROR", message: "later" };
    const report = { kind: "task_result", jobId: JOB_ID, no, fence, worker: "w", outcome: "failure", error } as const;
    asked.hear({ ...report, retryAfterMs: 90_000 });
    expect([...asked.job.tasks.values()][0]?.dueMs).toBe(90_000);
  });

  it("full jitter: any wait from none to the exponential one", () => {
    const document = oneTask();
    const work = document.states.work;
    if (work?.type !== "task") throw new Error("no task");
    work.retry = { max_attempts: ATTEMPTS, base_ms: 100 };
    const job = new MemoryJob(document);
    job.answerError("TRANSIENT_ERROR");
    expect([...job.job.tasks.values()][0]?.dueMs).toBe(50);
  });

  describe("what is no code of a worker", () => {
    it("an outcome in no transition fails the job, or follows failure", () => {
      const job = new MemoryJob(oneTask());
      job.answer("needs_review");
      expect(job.job).toMatchObject({ status: "failed", error: { code: "UNHANDLED_OUTCOME" } });
      expect(job.job.error?.message).toContain("needs_review");
      const declared = new MemoryJob(oneTask({ failure: "caught" }));
      declared.answer("needs_review");
      expect(declared.job.state).toBe("caught");
    });

    it("a result that breaks its output schema is CONTRACT_VIOLATION, never tried again", () => {
      const job = new MemoryJob(oneTask({}, { output_schema: { type: "array" } }));
      job.answer("success", { n: 1 });
      expect(job.job).toMatchObject({ status: "quarantined", error: { code: "CONTRACT_VIOLATION" } });
      const declared = new MemoryJob(oneTask({ failure: "caught" }, { output_schema: { type: "array" } }));
      declared.answer("success", { n: 1 });
      expect(declared.job).toMatchObject({ state: "caught", result: { error: "CONTRACT_VIOLATION" } });
    });

    it("the blueprint's schema is looked at before the worker's own", () => {
      const job = new MemoryJob(oneTask({}, { output_schema: { type: "array" } }));
      const [task] = [...job.job.tasks.values()];
      if (!task) throw new Error("no open task");
      const { no, fence } = task;
      const report = {
        kind: "task_result",
        jobId: JOB_ID,
        no,
        fence,
        worker: "w",
        outcome: "success",
        data: 1,
      } as const;
      job.hear({ ...report, contractFault: "n: expected text" });
      expect(job.job.error?.message).toContain("output_schema");
    });

    it("a task that vanishes with its workers is not a failure: no attempt is burned, and it ends after three losses", () => {
      const job = new MemoryJob(oneTask());
      for (let loss = 1; loss <= MAX_LOSSES; loss++) {
        const [task] = [...job.job.tasks.values()];
        if (!task) throw new Error("no open task");
        expect(task).toMatchObject({ attempt: 1, fence: loss, losses: loss - 1 });
        job.hear({ kind: "delivery_lost", jobId: JOB_ID, no: task.no, fence: task.fence });
      }
      expect(job.job).toMatchObject({ status: "quarantined", error: { code: "WORKER_LOST" } });
    });

    const timeouts: [reason: Extract<Signal, { kind: "task_due" }>["reason"], again: boolean][] = [
      ["attempt_timeout", true],
      ["dispatch_timeout", false],
      ["result_timeout", false],
    ];
    it.each(timeouts)("%s is TIMEOUT_ERROR; another attempt follows: %s", (reason, again) => {
      const job = new MemoryJob(oneTask());
      const [task] = [...job.job.tasks.values()];
      if (!task) throw new Error("no open task");
      job.hear({ kind: "task_due", jobId: JOB_ID, no: task.no, fence: task.fence, reason });
      if (again) expect([...job.job.tasks.values()][0]).toMatchObject({ phase: "retry", attempt: 2 });
      else expect(job.job).toMatchObject({ status: "quarantined", error: { code: "TIMEOUT_ERROR" } });
    });
  });
});
