import { describe, expect, it } from "vitest";
import type { HandlerAction } from "@/lib/blueprint/action";
import type { BlueprintDocument, BlueprintState } from "@/lib/blueprint/document";
import { compileBlueprint } from "@/server/engine/blueprint/compile";
import { parseBlueprint } from "@/server/engine/blueprint/validate";
import type { Signal } from "@/server/engine/signal";
import { AROUND, JOB_ID, MemoryJob } from "./decide-harness";

const done: BlueprintState = { type: "end", outcome: "success" };
const lost: BlueprintState = { type: "end", outcome: "failure" };
const work = (transitions: Record<string, string>): BlueprintState => ({
  type: "task",
  start: true,
  task_type: "echo",
  transitions,
});
const blueprint = (states: Record<string, BlueprintState>): BlueprintDocument => ({ name: "b", states });
const handled = blueprint({
  think: { type: "handler", start: true, handler: "think", to: ["think", "done", "lost"] },
  done,
  lost,
});

/** A job whose handler comes back with the action. */
function returned(action: HandlerAction | null, document = handled): MemoryJob {
  const job = new MemoryJob(document);
  job.hear(comesBack(job, action));
  return job;
}

function comesBack(job: MemoryJob, action: HandlerAction | null): Signal {
  return { kind: "handler_returned", jobId: JOB_ID, entry: job.job.entry, action, set: {}, unset: [] };
}

function attemptOf(job: MemoryJob, index = 0) {
  const task = [...job.job.tasks.values()][index];
  if (!task) throw new Error("no open task");
  return { jobId: JOB_ID, no: task.no, fence: task.fence, worker: "w" };
}

const child: BlueprintDocument = blueprint({
  sub: { type: "child", start: true, blueprint: "kid", transitions: { success: "done" } },
  done,
});
const kid = { id: 9, name: "kid", compiled: compileBlueprint(blueprint({ work: work({ success: "done" }), done })) };
const withKid = { ...AROUND, childBlueprint: () => kid };

/**
 * The defects that the reference orchestrator's study marks as bugs and that concern how a job moves, each with what
 * happens here instead. Those of its HTTP door, workers, webhooks and schedules are tested where these are.
 */
const BUGS: [where: string, bug: string, ours: string, shows: () => void][] = [
  [
    "3.4",
    "dispatch_parallel reads `type`; the README's `task_type` fails",
    "`task_type` is the word",
    () => {
      const job = returned({
        type: "dispatch_parallel",
        tasks: [{ task_type: "a" }, { task_type: "b" }],
        aggregate_into: "done",
      });
      expect([...job.job.tasks.values()].map((task) => task.type)).toEqual(["a", "b"]);
    },
  ],
  [
    "3.4",
    "a missing skill version is forced to 1.0.0, which then must equal the worker's",
    "a task asks for nothing that nobody wrote",
    () => {
      const job = returned({ type: "dispatch_parallel", tasks: [{ task_type: "a" }], aggregate_into: "done" });
      expect(job.writes.at(-1)?.newTasks).toMatchObject([{ type: "a", requirements: null }]);
    },
  ],
  [
    "3.4",
    "a handler with no action leaves the job as it is, for ever",
    "the job ends with NO_ACTION",
    () => {
      expect(returned(null).job).toMatchObject({ status: "error", error: { code: "NO_ACTION" } });
    },
  ],
  [
    "3.5",
    "a job is finished only in a state literally named `finished`",
    "each end says its outcome",
    () => {
      const job = new MemoryJob(blueprint({ go: work({ success: "end" }), end: done }));
      job.answer("success");
      expect(job.job).toMatchObject({ status: "finished", state: "end" });
      const other = new MemoryJob(blueprint({ go: work({ success: "finished" }), finished: lost }));
      other.answer("success");
      expect(other.job.status).toBe("failed");
    },
  ],
  [
    "3.5, 12b",
    'the result is the last inserted key of the state history: `{"ok":1}` gives `1`',
    "the whole history, or the end's own expression",
    () => {
      const job = new MemoryJob(blueprint({ go: work({ success: "done" }), done }));
      job.answer("success", { ok: 1 });
      expect(job.job.result).toEqual({ ok: 1 });
    },
  ],
  [
    "3.6",
    "a parent is resumed twice for each child, three times on quarantine",
    "once; a second word finds nobody waiting",
    () => {
      const job = new MemoryJob(child, {}, withKid);
      const open = job.job.child;
      const ended = {
        kind: "child_ended",
        jobId: JOB_ID,
        no: open?.no ?? 0,
        child: open?.id ?? "",
        status: "finished",
      } as const;
      expect(job.hear(ended, ended)).toEqual([{ applied: true }, { applied: false, reason: "job_already_terminated" }]);
      expect(job.kinds().filter((kind) => kind === "child_ended")).toHaveLength(1);
    },
  ],
  ...(["failed", "error", "cancelled"] as const).map((status): (typeof BUGS)[number] => [
    "3.6",
    `a child whose task fails never resumes its parent (here: the child ended ${status})`,
    "the parent's step fails with the child's reason",
    () => {
      const job = new MemoryJob(child, {}, withKid);
      const open = job.job.child;
      const error = { code: "INVALID_INPUT_ERROR", message: "no such file" };
      job.hear({ kind: "child_ended", jobId: JOB_ID, no: open?.no ?? 0, child: open?.id ?? "", status, error });
      expect(job.job).toMatchObject({ status: "failed", error: { code: "CHILD_FAILED" } });
      expect(job.job.error?.message).toContain("no such file");
    },
  ]),
  [
    "3.6",
    "a quarantined child leaves its parent hanging, unseen",
    "it waits and may declare a way; giving the child up ends it as failed",
    () => {
      const job = new MemoryJob(child, {}, withKid);
      const open = job.job.child;
      const report = { kind: "child_ended", jobId: JOB_ID, no: open?.no ?? 0, child: open?.id ?? "" } as const;
      expect(job.hear({ ...report, status: "quarantined" })).toEqual([{ applied: false, reason: "not_waiting" }]);
      expect(job.job.status).toBe("waiting_for_sub_job");
      job.hear({ ...report, status: "failed", error: { code: "GIVEN_UP", message: "given up" } });
      expect(job.job.status).toBe("failed");
      const sub: BlueprintState = {
        type: "child",
        start: true,
        blueprint: "kid",
        transitions: { success: "done", quarantined: "lost" },
      };
      const declared = new MemoryJob(blueprint({ sub, done, lost }), {}, withKid);
      const other = declared.job.child;
      declared.hear({
        kind: "child_ended",
        jobId: JOB_ID,
        no: other?.no ?? 0,
        child: other?.id ?? "",
        status: "quarantined",
      });
      expect(declared.job).toMatchObject({ state: "lost", status: "failed" });
    },
  ],
  [
    "3.6",
    "blueprints that start each other go on without limit",
    "the seventeenth in a row is refused",
    () => {
      const loop = blueprint({
        sub: { type: "child", start: true, blueprint: "loop", transitions: { success: "done" } },
        done,
      });
      const pinned = { id: 9, name: "loop", compiled: compileBlueprint(loop) };
      const job = new MemoryJob(loop, {}, { ...AROUND, childBlueprint: () => pinned });
      expect(job.job).toMatchObject({ status: "failed", error: { code: "CHILD_FAILED" } });
      expect(job.job.error?.message).toContain("16");
    },
  ],
  [
    "3.8",
    "transitions in variables, conditional expressions and events are not found, and dangling ones start up",
    "every target of a document is checked, all at once",
    () => {
      const go: BlueprintState = {
        type: "task",
        start: true,
        task_type: "a",
        transitions: { success: "done", other: "nowhere" },
        on_event: { e: "elsewhere" },
      };
      const parsed = parseBlueprint(blueprint({ go, done }), { allowHandlers: false });
      expect(JSON.stringify(parsed)).toMatch(/nowhere.*elsewhere/s);
    },
  ],
  [
    "4, 13",
    "no idle worker: the job is quarantined within milliseconds",
    "the task waits in its queue, until dispatch_timeout if one is set",
    () => {
      const document = blueprint({
        go: { ...work({ success: "done" }), dispatch_timeout_seconds: 60 } as BlueprintState,
        done,
      });
      const job = new MemoryJob(document);
      expect(job.job.status).toBe("waiting_for_worker");
      expect(job.writes[0]?.newTasks).toMatchObject([{ held: false, dispatchDeadlineMs: 60_000 }]);
      job.hear({ kind: "task_due", ...attemptOf(job), reason: "dispatch_timeout" });
      expect(job.job).toMatchObject({ status: "quarantined", error: { code: "TIMEOUT_ERROR" } });
    },
  ],
  [
    "5.1, 13",
    "the set of terminal states lacks `cancelled`: cancelled jobs go on",
    "nothing moves a cancelled job but a fork",
    () => {
      const job = new MemoryJob(blueprint({ go: work({ success: "done" }), done }));
      const attempt = attemptOf(job);
      const by = { kind: "operator", id: "o" } as const;
      job.hear({ kind: "cancel", jobId: JOB_ID, by });
      const { version } = job.job;
      const heard = job.hear(
        { kind: "task_result", ...attempt, outcome: "success" },
        { kind: "delivery_lost", ...attempt },
        { kind: "retry", jobId: JOB_ID, by },
      );
      expect(heard.every((verdict) => !verdict.applied)).toBe(true);
      expect(job.job).toMatchObject({ status: "cancelled", version });
      expect(job.writes.at(-2)?.goneTasks).toHaveLength(1);
    },
  ],
  [
    "5.2",
    "an approval is watched by nobody and never expires",
    "its deadline is an outcome of its own",
    () => {
      const ask: BlueprintState = {
        type: "approval",
        start: true,
        message: "?",
        deadline_seconds: 60,
        transitions: { approved: "done", expired: "lost" },
      };
      const job = new MemoryJob(blueprint({ ask, done, lost }));
      expect(job.writes[0]?.timersSet).toMatchObject([{ key: "approval", dueMs: 60_000 }]);
      job.hear({ kind: "timer_fired", jobId: JOB_ID, key: "approval" });
      expect(job.job.state).toBe("lost");
    },
  ],
  [
    "5.3",
    "an empty list of parallel tasks waits for ever",
    "it goes on at once, from a state and from a handler",
    () => {
      const fan: BlueprintState = {
        type: "parallel",
        start: true,
        for_each: "${initial_data.items}",
        task: { task_type: "a" },
        aggregate_into: "done",
      };
      expect(new MemoryJob(blueprint({ fan, done }), { items: [] }).job.status).toBe("finished");
      expect(returned({ type: "dispatch_parallel", tasks: [], aggregate_into: "done" }).job.status).toBe("finished");
    },
  ],
  [
    "5.3",
    "an exception while branch k is dispatched leaves the earlier ones running, with the state already advanced",
    "all branches or none",
    () => {
      const fan: BlueprintState = {
        type: "parallel",
        start: true,
        for_each: "${initial_data.items}",
        task: { task_type: "a", params: { n: "${item.n + 1}" } },
        aggregate_into: "done",
      };
      const job = new MemoryJob(blueprint({ fan, done }), { items: [{ n: 1 }, { n: 2 }, { n: "three" }] });
      expect(job.job).toMatchObject({ status: "failed", state: "fan", error: { code: "EXPRESSION_ERROR" } });
      expect(job.job.tasks.size).toBe(0);
      expect(job.writes[0]?.newTasks).toEqual([]);
    },
  ],
  [
    "5.3",
    "a failed branch is just another result: the job goes on as if nothing were wrong",
    "what is not tolerated follows failure",
    () => {
      const fan: BlueprintState = {
        type: "parallel",
        start: true,
        tasks: [{ task_type: "a" }, { task_type: "b" }],
        aggregate_into: "done",
        transitions: { failure: "lost" },
      };
      const job = new MemoryJob(blueprint({ fan, done, lost }));
      job.answerError("PERMANENT_ERROR", 1);
      expect(job.job).toMatchObject({ state: "lost", status: "failed" });
    },
  ],
  [
    "5.3",
    "a failed branch is never tried again",
    "each branch has its own attempts",
    () => {
      const fan: BlueprintState = {
        type: "parallel",
        start: true,
        tasks: [{ task_type: "a" }, { task_type: "b" }],
        aggregate_into: "done",
      };
      const job = new MemoryJob(blueprint({ fan, done }));
      job.answerError("TRANSIENT_ERROR", 0);
      expect([...job.job.tasks.values()].map(({ phase, attempt }) => [phase, attempt])).toEqual([
        ["retry", 2],
        ["ready", 1],
      ]);
    },
  ],
  [
    "5.4, 13",
    "`transitions.failure` is ignored for failures",
    "it is followed when the attempts are used up, or at once for what will not pass",
    () => {
      const job = new MemoryJob(blueprint({ go: work({ success: "done", failure: "lost" }), done, lost }));
      job.answerError("PERMANENT_ERROR");
      expect(job.job).toMatchObject({ state: "lost", status: "failed" });
    },
  ],
  [
    "5.4",
    "an unhandled status fails the job and its parent never hears of it",
    "the parent is told in the same commit",
    () => {
      const job = new MemoryJob(blueprint({ go: work({ success: "done" }), done }));
      job.job.parent = { jobId: "0190a000-0000-7000-8000-00000000000f", no: 2048 };
      job.answer("unheard_of");
      expect(job.job.error?.code).toBe("UNHANDLED_OUTCOME");
      expect(job.writes.at(-1)?.signals).toMatchObject([
        { kind: "child_ended", no: 2048, status: "failed", error: { code: "UNHANDLED_OUTCOME" } },
      ]);
    },
  ],
  ...(["PERMANENT_ERROR", "SECURITY_ERROR", "DEPENDENCY_ERROR", "INVALID_INPUT_ERROR"] as const).map(
    (code): (typeof BUGS)[number] => [
      "5.5",
      `${code}: no parent resume`,
      "the parent is told in the same commit, once",
      () => {
        const job = new MemoryJob(blueprint({ go: work({ success: "done" }), done }));
        job.job.parent = { jobId: "0190a000-0000-7000-8000-00000000000f", no: 2048 };
        job.answerError(code);
        const status = code === "INVALID_INPUT_ERROR" ? "failed" : "quarantined";
        expect(job.writes.at(-1)?.signals).toMatchObject([{ kind: "child_ended", no: 2048, status, error: { code } }]);
      },
    ],
  ),
  [
    "5.5",
    "retries go out at once, without a back-off",
    "each waits, by a row that is due",
    () => {
      const job = new MemoryJob(blueprint({ go: work({ success: "done" }), done }));
      job.answerError("TRANSIENT_ERROR");
      expect(job.writes.at(-1)?.changedTasks).toMatchObject([{ phase: "retry", dueMs: 250 }]);
    },
  ],
  [
    "5.5",
    "one retry count for handlers and tasks: what a handler used up a task lacks",
    "each entry of a handler and each task counts its own",
    () => {
      const job = new MemoryJob(handled);
      const threw = () =>
        job.hear({ kind: "handler_failed", jobId: JOB_ID, entry: job.job.entry, message: "it threw" });
      threw();
      job.hear({ kind: "timer_fired", jobId: JOB_ID, key: "handler" });
      threw();
      job.hear({ kind: "timer_fired", jobId: JOB_ID, key: "handler" });
      job.hear(comesBack(job, { type: "dispatch_task", task_type: "a", transitions: { success: "think" } }));
      expect([...job.job.tasks.values()]).toMatchObject([{ attempt: 1 }]);
      job.answer("success");
      expect(job.job).toMatchObject({ state: "think", handlerFailures: 0 });
    },
  ],
  [
    "5.5",
    "a handler's exceptions are tried again at once, three times within milliseconds",
    "after a backoff, by a timer",
    () => {
      const job = new MemoryJob(handled);
      job.hear({ kind: "handler_failed", jobId: JOB_ID, entry: job.job.entry, message: "it threw" });
      expect(job.job.status).toBe("awaiting_retry");
      expect(job.writes.at(-1)?.timersSet).toMatchObject([{ key: "handler", kind: "handler_retry", dueMs: 250 }]);
    },
  ],
  [
    "5.6",
    "any worker may send events for any job",
    "an event names the current attempt, or it is nobody's",
    () => {
      const go: BlueprintState = {
        type: "task",
        start: true,
        task_type: "a",
        transitions: { success: "done" },
        on_event: { low: "lost" },
      };
      const job = new MemoryJob(blueprint({ go, done, lost }));
      const attempt = attemptOf(job);
      const event = { kind: "worker_event", ...attempt, eventType: "low" } as const;
      expect(job.hear({ ...event, fence: attempt.fence + 1 }, { ...event, no: attempt.no + 1 })).toEqual([
        { applied: false, reason: "stale_task" },
        { applied: false, reason: "stale_task" },
      ]);
      job.hear(event);
      expect(job.job.state).toBe("lost");
      expect(job.hear({ kind: "task_result", ...attempt, outcome: "success" })[0]?.applied).toBe(false);
    },
  ],
  [
    "5.7, 13",
    "monotonic and wall-clock times are mixed in one watch set: picked-up tasks are overdue at once, others never",
    "nothing but durations leaves `decide`; the database adds its own clock",
    () => {
      const go: BlueprintState = {
        type: "task",
        start: true,
        task_type: "a",
        transitions: { success: "ask" },
        dispatch_timeout_seconds: 60,
        result_timeout_seconds: 600,
        timeout_seconds: 30,
      };
      const ask: BlueprintState = {
        type: "approval",
        message: "?",
        deadline_seconds: 5,
        transitions: { approved: "done", expired: "done" },
      };
      const document = { ...blueprint({ go, ask, done }), timeout_seconds: 3_600 };
      const at = (now: string) => {
        const job = new MemoryJob(document, {}, { ...AROUND, now: new Date(now) });
        job.hear({ kind: "task_started", ...attemptOf(job), session: "s" });
        job.answerError("TRANSIENT_ERROR");
        job.hear({ kind: "task_due", ...attemptOf(job), reason: "retry" });
        job.answer("success");
        return job.writes;
      };
      expect(at("1970-01-01T00:00:00Z")).toEqual(at("2049-12-31T23:59:59Z"));
      expect(at("2026-01-01T00:00:00Z")[0]).toMatchObject({
        timersSet: [{ key: "job", dueMs: 3_600_000 }],
        newTasks: [{ dispatchDeadlineMs: 60_000, resultDeadlineMs: 600_000, timeoutMs: 30_000 }],
      });
    },
  ],
  [
    "5.7",
    "a result that comes after its timeout is told apart by the word 'timeout' in a message, which never matches",
    "by its attempt",
    () => {
      const job = new MemoryJob(blueprint({ go: work({ success: "done" }), done }));
      const late = attemptOf(job);
      job.hear({ kind: "task_due", ...late, reason: "attempt_timeout" });
      expect(job.hear({ kind: "task_result", ...late, outcome: "success" })).toEqual([
        { applied: false, reason: "stale_task" },
      ]);
      job.hear({ kind: "task_due", ...late, reason: "retry" });
      expect(job.hear({ kind: "task_result", ...late, outcome: "success" })).toEqual([
        { applied: false, reason: "stale_task" },
      ]);
      job.answer("success");
      expect(job.job.status).toBe("finished");
    },
  ],
  [
    "12b",
    "a handler's retry keeps its error message although the job finishes",
    "a finished job has no error",
    () => {
      const job = new MemoryJob(handled);
      job.hear({ kind: "handler_failed", jobId: JOB_ID, entry: job.job.entry, message: "it threw" });
      job.hear({ kind: "timer_fired", jobId: JOB_ID, key: "handler" });
      job.hear(comesBack(job, { type: "transition_to", to: "done" }));
      expect(job.job).toMatchObject({ status: "finished", error: null });
      expect(job.kinds()).toContain("handler_failed");
    },
  ],
  [
    "12b",
    "in memory all share one dict: snapshots change with the living state",
    "a decision leaves the job it was made on as it was",
    () => {
      const job = new MemoryJob(blueprint({ go: work({ success: "done" }), done }));
      const before = job.job;
      const copy = structuredClone(before);
      job.answer("success", { n: 1 });
      expect(before).toEqual(copy);
    },
  ],
  [
    "13",
    "jobs never expire",
    "a blueprint may limit the whole job",
    () => {
      const job = new MemoryJob({ ...blueprint({ go: work({ success: "done" }), done }), timeout_seconds: 5 });
      job.hear({ kind: "timer_fired", jobId: JOB_ID, key: "job" });
      expect(job.job).toMatchObject({ status: "failed", error: { code: "JOB_TIMEOUT" } });
      expect(job.job.tasks.size).toBe(0);
    },
  ],
];

describe("what the reference does wrong", () => {
  it.each(BUGS)("[§%s] %s — here: %s", (_where, _bug, _ours, shows) => shows());
});
