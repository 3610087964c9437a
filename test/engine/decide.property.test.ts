import fc from "fast-check";
import { expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { isTerminal } from "@/lib/job-status";
import type { Signal } from "@/server/engine/signal";
import { comparable, JOB_ID, MemoryJob } from "./decide-harness";

const document: BlueprintDocument = {
  name: "mixed",
  timeout_seconds: 600,
  states: {
    first: {
      type: "task",
      start: true,
      task_type: "a",
      transitions: { success: "many", again: "first", failure: "ask" },
      retry: { max_attempts: 2 },
    },
    many: {
      type: "parallel",
      tasks: [{ task_type: "b" }, { task_type: "c" }, { task_type: "b" }],
      concurrency: 2,
      tolerate_failures: 1,
      aggregate_into: "route",
    },
    route: { type: "choice", cases: [{ when: "size(aggregation_list) > 9", to: "lost" }], default: "ask" },
    ask: {
      type: "approval",
      message: "Go on?",
      deadline_seconds: 5,
      transitions: { approved: "won", rejected: "first", expired: "lost" },
    },
    won: { type: "end", outcome: "success" },
    lost: { type: "end", outcome: "failure" },
  },
};

/** A step that picks what it names from the job as it is, now and then something that is not there. */
const step = fc.record({
  what: fc.constantFrom(
    "ok",
    "again",
    "bad",
    "poison",
    "started",
    "retry_due",
    "timeout",
    "lost",
    "approve",
    "reject",
    "timer",
    "job_timer",
    "cancel",
    "retry",
    "foreign",
  ),
  pick: fc.nat(4),
  old: fc.boolean(),
});

function signalOf(job: MemoryJob, { what, pick, old }: { what: string; pick: number; old: boolean }): Signal {
  const tasks = [...job.job.tasks.values()];
  const task = tasks[pick % Math.max(1, tasks.length)];
  const named = { jobId: JOB_ID, no: task?.no ?? 1, fence: (task?.fence ?? 1) - (old ? 1 : 0), worker: "w" };
  const by = { kind: "operator", id: `p${pick}` } as const;
  const report = { kind: "task_result", ...named } as const;
  switch (what) {
    case "ok":
      return { ...report, outcome: "success", data: { [`k${pick}`]: pick } };
    case "again":
      return { ...report, outcome: "again" };
    case "bad":
      return { ...report, outcome: "failure", error: { code: "TRANSIENT_ERROR", message: "x" } };
    case "poison":
      return { ...report, outcome: "failure", error: { code: "PERMANENT_ERROR", message: "x" } };
    case "started":
      return { kind: "task_started", ...named, session: "s" };
    case "retry_due":
      return { kind: "task_due", ...named, reason: "retry" };
    case "timeout":
      return { kind: "task_due", ...named, reason: pick % 2 ? "attempt_timeout" : "result_timeout" };
    case "lost":
      return { kind: "delivery_lost", ...named };
    case "approve":
    case "reject":
      return {
        kind: "approval_decided",
        jobId: JOB_ID,
        no: job.job.approval?.no ?? 1,
        decision: what === "approve" ? "approved" : "rejected",
        by,
      };
    case "timer":
      return { kind: "timer_fired", jobId: JOB_ID, key: "approval" };
    case "job_timer":
      return { kind: "timer_fired", jobId: JOB_ID, key: "job" };
    case "cancel":
      return { kind: "cancel", jobId: JOB_ID, by };
    case "retry":
      return { kind: "retry", jobId: JOB_ID, by };
    default:
      return { ...report, no: 999_999, outcome: "success" };
  }
}

it("whatever a job hears: numbers rise without gap, a terminal job stays, rows are written once, and the fold agrees", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 30 }), (batches) => {
      const job = new MemoryJob(document);
      for (const batch of batches) {
        const before = job.job;
        const wasTerminal = isTerminal(before.status);
        const signals = batch.map((one) => signalOf(job, one));
        job.hear(...signals);
        const retried = job.events.slice(before.version).some((event) => event.kind === "job_retried");
        seen.add(job.job.status);
        if (wasTerminal && !retried) expect(job.job.version).toBe(before.version);
      }
      expect(job.events.map((event) => event.seq)).toEqual(job.events.map((_, index) => index + 1));
      expect(job.job.version).toBe(job.events.length);
      expect(comparable(job.reloaded())).toEqual(comparable(job.job));
      checkRows(job);
      checkWakes(job);
    }),
    { numRuns: 2_000 },
  );
  for (const status of ["finished", "failed", "cancelled", "quarantined", "waiting_for_worker", "waiting_for_human"]) {
    expect(seen.has(status), `no random run came to be ${status}`).toBe(true);
  }
}, 60_000);

/** Replays the writes as a database would: what exists is inserted once, changed only while it exists, and matches the job at the end. */
function checkRows(job: MemoryJob): void {
  const tasks = new Set<number>();
  const timers = new Set<string>();
  const groups = new Set<number>();
  const approvals = new Map<number, number>();
  for (const writes of job.writes) {
    const touched = [...writes.newTasks, ...writes.changedTasks, ...writes.goneTasks].map((task) => task.no);
    expect(new Set(touched).size).toBe(touched.length);
    for (const { no } of writes.changedTasks) expect(tasks.has(no)).toBe(true);
    for (const { no } of writes.goneTasks) expect(tasks.delete(no)).toBe(true);
    for (const { no } of writes.newTasks) expect(tasks.has(no) || !tasks.add(no)).toBe(false);
    for (const key of writes.timersCleared) expect(timers.delete(key)).toBe(true);
    for (const { key } of writes.timersSet) timers.add(key);
    if (writes.goneGroup !== null) expect(groups.delete(writes.goneGroup)).toBe(true);
    if (writes.newGroup) groups.add(writes.newGroup.no);
    if (writes.changedApproval) expect(approvals.get(writes.changedApproval.no)).toBe(0);
    for (const one of [writes.changedApproval, writes.newApproval]) if (one) approvals.set(one.no, one.status);
  }
  expect([...tasks].sort()).toEqual([...job.job.tasks.keys()].sort());
  expect([...timers].sort()).toEqual([...job.job.timers.keys()].sort());
  expect([...groups]).toEqual(job.job.fanOut ? [job.job.fanOut.n0] : []);
  const open = [...approvals].filter(([, status]) => status === 0).map(([no]) => no);
  expect(open).toEqual(job.job.approval ? [job.job.approval.no] : []);
}

/** Every open job has a reason to wake up: a task, an approval, a timer, or an operator's eye on it. */
function checkWakes({ job }: MemoryJob): void {
  if (isTerminal(job.status)) {
    expect(job.tasks.size + job.timers.size).toBe(0);
    expect(job.approval ?? job.fanOut).toBeNull();
    return;
  }
  const awake =
    [...job.tasks.values()].some((task) => task.phase !== "held") ||
    job.approval !== null ||
    job.status === "quarantined";
  expect(awake, `${job.status} in ${job.state}`).toBe(true);
}
