import fc from "fast-check";
import type { HandlerAction } from "@/lib/blueprint/action";
import type { JsonValue } from "@/lib/json";
import type { Job } from "@/server/engine/job";
import type { Signal } from "@/server/engine/signal";
import { anyAction } from "./any-document";

/** What happens next, in terms that fit whatever the job then is: `pick` chooses among what there is. */
export interface Stir {
  what: (typeof STIRS)[number];
  pick: number;
  /** Names an older attempt, entry or question than the current one. */
  old: boolean;
  action: HandlerAction | null;
  /** Said once more, as a queue may do. */
  twice: boolean;
  /** Not null: something that fits what the job waits for, in place of `what`. */
  apt: number | null;
}

const STIRS = [
  "success",
  "other_word",
  "transient",
  "permanent",
  "invalid",
  "unknown_code",
  "cancelled_word",
  "broken_contract",
  "started",
  "retry_due",
  "attempt_timeout",
  "dispatch_timeout",
  "result_timeout",
  "lost",
  "worker_event",
  "decide",
  "delegate",
  "withdraw",
  "signal",
  "child_finished",
  "child_failed",
  "child_quarantined",
  "child_cancelled",
  "timer",
  "handler_returned",
  "handler_failed",
  "cancel",
  "pause",
  "resume",
  "retry",
  "requeue",
  "give_up",
  "fork",
  "complete_step",
  "set_priority",
  "foreign",
  "replay",
] as const;

export const anyStir: fc.Arbitrary<Stir> = fc.record({
  what: fc.constantFrom(...STIRS),
  pick: fc.nat(5),
  old: fc.nat(4).map((n) => n === 0),
  action: anyAction,
  twice: fc.nat(3).map((n) => n === 0),
  apt: fc.option(fc.nat(1_000), { freq: 3 }),
});

const WORDS = ["approved", "rejected", "later", "expired", "nonsense"];
const TIMERS = ["handler", "approval", "escalation", "wait", "job", "nonsense"];

/** What fits a job as it stands. */
function aptFor(job: Job): Stir["what"][] {
  if (job.paused) return ["resume", "success", "decide", "timer", "child_finished"];
  if (job.status === "quarantined") return ["requeue", "retry", "give_up", "complete_step"];
  if (job.approval) return ["decide", "decide", "withdraw", "withdraw", "delegate", "timer", "pause"];
  if (job.child) return ["child_finished", "child_failed", "child_quarantined", "child_cancelled", "pause"];
  if (job.wait) return ["signal", "timer", "complete_step", "pause"];
  if (job.timers.has("handler")) return ["handler_returned", "handler_returned", "handler_failed", "timer"];
  if (job.tasks.size > 0) return ["success", "transient", "retry_due", "started", "lost", "permanent", "pause"];
  return ["retry", "fork"];
}

/** The signal that a stir means for a job; `past` are those it heard before. */
export function signalOf(job: Job, rough: Stir, past: Signal[]): Signal {
  const apt = aptFor(job);
  const stir = rough.apt === null ? rough : { ...rough, what: apt[rough.apt % apt.length] as Stir["what"] };
  const { what, pick, old } = stir;
  const jobId = job.id;
  const by = { kind: "operator", id: `p${pick}` } as const;
  switch (what) {
    case "decide":
      return {
        kind: "approval_decided",
        jobId,
        no: question(job, old),
        decision: WORDS[pick % 5] as string,
        by,
        ...seen(job, pick),
      };
    case "delegate":
      return { kind: "approval_delegated", jobId, no: question(job, old), by, to: ["role:admin"], ...seen(job, pick) };
    case "withdraw":
      return { kind: "approval_withdrawn", jobId, no: question(job, old), by: voter(job, pick) ?? by };
    case "signal":
      return { kind: "signal_sent", jobId, name: pick % 3 ? "go" : "stop", by, payload: pick % 2 ? { n: pick } : pick };
    case "timer":
      return { kind: "timer_fired", jobId, key: [...job.timers.keys(), ...TIMERS][pick] as string };
    case "handler_returned":
      return {
        kind: "handler_returned",
        jobId,
        entry: job.entry - (old ? 1 : 0),
        action: stir.action,
        set: { n: pick },
        unset: ["k"],
      };
    case "handler_failed":
      return { kind: "handler_failed", jobId, entry: job.entry - (old ? 1 : 0), message: "it threw" };
    case "replay":
      return past[pick % Math.max(1, past.length)] ?? { kind: "pause", jobId, by };
    default:
      return taskSignal(job, stir) ?? childSignal(job, stir) ?? operatorSignal(job, stir);
  }
}

const voter = (job: Job, pick: number) => job.approval?.votes.at(-1 - (pick % 2))?.by;
const question = (job: Job, old: boolean) => (job.approval?.no ?? 1) - (old ? 1 : 0);
const seen = (job: Job, pick: number) => (pick === 4 ? { seen: job.approval?.version ?? 1 } : {});

function taskSignal(job: Job, { what, pick, old }: Stir): Signal | null {
  const tasks = [...job.tasks.values()];
  const task = tasks[pick % Math.max(1, tasks.length)];
  const named = { jobId: job.id, no: task?.no ?? 1, fence: (task?.fence ?? 1) - (old ? 1 : 0), worker: "w" };
  const report = { kind: "task_result", ...named } as const;
  const failed = (code: string) => ({ ...report, outcome: "failure", error: { code, message: "x" } });
  switch (what) {
    case "success":
      return { ...report, outcome: "success", data: pick % 2 ? { k: pick } : (RESULTS[pick] ?? null) };
    case "other_word":
      return { ...report, outcome: pick % 2 ? "again" : "unheard_of", data: { k: 1 } };
    case "transient":
      return { ...failed("TRANSIENT_ERROR"), ...(pick % 2 ? { retryAfterMs: 90_000 } : {}) };
    case "permanent":
      return failed("PERMANENT_ERROR");
    case "invalid":
      return failed("INVALID_INPUT_ERROR");
    case "unknown_code":
      return failed("toString");
    case "cancelled_word":
      return { ...report, outcome: "cancelled" };
    case "broken_contract":
      return { ...report, outcome: "success", data: { k: 1 }, contractFault: "k: expected text" };
    case "started":
      return { kind: "task_started", ...named, session: "s" };
    case "retry_due":
      return { kind: "task_due", ...named, reason: "retry" };
    case "attempt_timeout":
    case "dispatch_timeout":
    case "result_timeout":
      return { kind: "task_due", ...named, reason: what };
    case "lost":
      return { kind: "delivery_lost", ...named };
    case "worker_event":
      return { kind: "worker_event", ...named, eventType: pick % 2 ? "moved" : "noise", payload: { e: pick } };
    case "foreign":
      return { ...report, no: 999_999, outcome: "success" };
    default:
      return null;
  }
}

const RESULTS: JsonValue[] = [null, "text", [1, 2], 7, true];

function childSignal(job: Job, { what, old }: Stir): Signal | null {
  const child = old ? "0190a000-0000-7000-8000-999999999999" : (job.child?.id ?? "none");
  const ended = { kind: "child_ended", jobId: job.id, no: job.child?.no ?? 1, child } as const;
  const error = { code: "X", message: "x" };
  switch (what) {
    case "child_finished":
      return { ...ended, status: "finished", result: { r: 1 } };
    case "child_failed":
      return { ...ended, status: "failed", error };
    case "child_quarantined":
      return { ...ended, status: "quarantined", error };
    case "child_cancelled":
      return { ...ended, status: "cancelled" };
    default:
      return null;
  }
}

function operatorSignal(job: Job, { what, pick }: Stir): Signal {
  const word = { jobId: job.id, by: { kind: "operator", id: `p${pick}` } as const };
  switch (what) {
    case "pause":
    case "resume":
    case "retry":
    case "give_up":
      return { kind: what, ...word };
    case "requeue":
      return { kind: "requeue", ...word, patch: { initial_data: { flag: true }, state_history: { n: pick, k: null } } };
    case "fork":
      return {
        kind: "fork",
        ...word,
        fork: `0190b000-0000-7000-8000-${String(job.version).padStart(12, "0")}`,
        state: pick === 5 ? "nowhere" : `s${pick}`,
        seq: job.version,
        input: job.input,
        stateHistory: job.stateHistory,
      };
    case "complete_step":
      return { kind: "complete_step", ...word, outcome: STEP_WORDS[pick] as string, data: { by_hand: pick } };
    case "set_priority":
      return { kind: "set_priority", ...word, priority: pick };
    default:
      return { kind: "cancel", ...word };
  }
}

const STEP_WORDS = ["success", "approved", "next", "aggregate", "received", "failure"];
