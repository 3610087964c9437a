import type { JobStatus } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";
import type { JobChange } from "./change";
import { enter, resumeState } from "./enter";
import { exitsOf } from "./exits";
import { follow } from "./follow";
import { mergePatch } from "./merge-patch";
import { actOnReturn } from "./perform-action";
import type { DataPatch, OperatorSignal, Refusal } from "./signal";

type Word<K extends OperatorSignal["kind"]> = Extract<OperatorSignal, { kind: K }>;

/** Statuses of jobs that stopped by themselves; a cancelled one was stopped on purpose, and stays so. */
const RETRYABLE: ReadonlySet<JobStatus> = new Set(["failed", "error", "quarantined"]);

/** What people do with a job: each is an event, and changes nothing when the job is not in a state for it. */
export function onOperator(change: JobChange, signal: OperatorSignal): Refusal | null {
  switch (signal.kind) {
    case "cancel":
      change.emit("job_cancelled", { by: signal.by, reason: signal.reason });
      return null;
    case "pause":
      return onPause(change, signal);
    case "resume":
      return onResume(change, signal);
    case "retry":
      return onRetry(change, signal);
    case "requeue":
      return onRequeue(change, signal);
    case "give_up":
      return onGiveUp(change, signal);
    case "fork":
      return onFork(change, signal);
    case "complete_step":
      return onCompleteStep(change, signal);
    case "set_priority":
      change.emit("priority_changed", { by: signal.by, priority: signal.priority });
      return null;
  }
}

/** What is under way may end; nothing new begins. */
function onPause(change: JobChange, { by, reason }: Word<"pause">): Refusal | null {
  if (change.job.status === "quarantined") return "quarantined";
  if (change.job.paused) return "already_paused";
  change.emit("job_paused", { by, reason });
  return null;
}

function onResume(change: JobChange, { by, reason }: Word<"resume">): Refusal | null {
  const { paused, deferred } = change.job;
  if (!paused) return "not_paused";
  change.emit("job_resumed", { by, reason });
  if (deferred === "state") resumeState(change);
  if (deferred === "action") {
    const next = actOnReturn(change);
    if (next) enter(change, next.state, next.via);
  }
  return null;
}

/** Runs the state again in which the job stopped; for a job that reached a failure end, the state before it. */
function onRetry(change: JobChange, { by, reason }: Word<"retry">): Refusal | null {
  const { job } = change;
  if (!RETRYABLE.has(job.status)) return "not_retryable";
  const target = stoppedIn(change);
  change.emit("job_retried", { by, reason });
  enter(change, target, { from: job.state, on: "retry" });
  return null;
}

/** The same out of quarantine, with data put right. */
function onRequeue(change: JobChange, { by, reason, patch = {} }: Word<"requeue">): Refusal | null {
  const { job } = change;
  if (job.status !== "quarantined") return "not_quarantined";
  const input = patch.initial_data && mergePatch(job.input, patch.initial_data);
  const broken = input && brokenInput(change, input);
  if (broken) return broken;
  const target = stoppedIn(change);
  change.emit("job_requeued", { by, reason, ...changedKeys(change, patch), ...(input ? { input } : {}) });
  enter(change, target, { from: job.state, on: "requeue" });
  return null;
}

/** How a job's new input breaks its blueprint's schema, field by field; null when it does not. */
function brokenInput({ blueprint }: JobChange, input: JsonObject): Refusal | null {
  const checked = blueprint.inputValidator?.validate(input);
  if (!checked || checked.ok) return null;
  const faults = checked.problems.map(({ field, message, fix }) => {
    const path = field === "" ? "initial_data" : `initial_data.${field}`;
    return { path, message, fix };
  });
  return { reason: "invalid_data", detail: `initial_data: ${faults.map(({ message }) => message).join("; ")}`, faults };
}

function changedKeys(change: JobChange, { state_history: patch }: DataPatch) {
  if (!patch) return {};
  const before = change.job.stateHistory;
  const after = mergePatch(before, patch);
  const set = Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value));
  const unset = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return { set, ...(unset.length > 0 ? { unset } : {}) };
}

function onGiveUp(change: JobChange, { by, reason }: Word<"give_up">): Refusal | null {
  const { job } = change;
  if (job.status !== "quarantined") return "not_quarantined";
  const was = job.error ? ` It stood in quarantine: ${job.error.message}` : "";
  const message = `Given up by ${by.name ?? by.id}${reason ? `: ${reason}` : "."}${was}`;
  change.emit("job_failed", { code: "GIVEN_UP", message: message.slice(0, 4000), by, reason });
  return null;
}

function onFork(change: JobChange, signal: Word<"fork">): Refusal | null {
  const { job, blueprint } = change;
  const { by, reason, fork, state, seq, input, stateHistory } = signal;
  // Decided once more, because nobody knows what became of the first commit.
  if (job.forks.includes(fork)) return null;
  if (!blueprint.states.has(state)) return { reason: "unknown_state", detail: [...blueprint.states.keys()].join(", ") };
  const broken = brokenInput(change, input);
  if (broken) return broken;
  change.emit("job_forked", { by, reason, fork, state, seq });
  change.toMake.push({
    id: fork,
    blueprint: { id: job.blueprintId, name: blueprint.document.name, compiled: blueprint },
    input,
    settings: {
      starter: by,
      client: job.client ?? undefined,
      metadata: job.metadata ?? undefined,
      priority: job.priority ?? undefined,
      dispatchTimeoutMs: job.dispatchTimeoutMs ?? undefined,
      resultTimeoutMs: job.resultTimeoutMs ?? undefined,
      forkedFrom: { job_id: job.id, seq, state },
    },
    at: { state, stateHistory },
  });
  return null;
}

/** A person ends the step in place of whoever was to do it. */
function onCompleteStep(change: JobChange, { by, reason, outcome, data }: Word<"complete_step">): Refusal | null {
  const exits = exitsOf(change.job, change.blueprint);
  const target = exits[outcome];
  if (target === undefined) return { reason: "unknown_outcome", detail: Object.keys(exits).join(", ") };
  change.emit("step_completed", { by, reason, outcome, data });
  follow(change, outcome, target);
  return null;
}

function stoppedIn({ job, blueprint }: JobChange): string {
  const stopped = blueprint.document.states[job.state];
  return stopped?.type === "end" ? (job.error?.state ?? job.previousState ?? job.state) : job.state;
}
