import type { JobChange } from "./change";
import { fail } from "./end";
import { follow } from "./follow";
import type { IgnoredReason, Refusal, Signal } from "./signal";

/** Somebody's word: it counts when the job waits for it by name. */
export function onSignalSent(change: JobChange, signal: Extract<Signal, { kind: "signal_sent" }>): Refusal | null {
  const { wait } = change.job;
  if (!wait || wait.signal === null) return "not_waiting";
  if (wait.signal !== signal.name) return { reason: "other_signal", detail: wait.signal };
  const { name, by, payload } = signal;
  change.emit("signal_received", { name, by, payload });
  const { to, on } = waitTargets(change);
  if (to !== null) follow(change, on, to);
  else fail(change, "UNHANDLED_OUTCOME", `'${change.job.state}' has no transition for the signal it waits for.`);
  return null;
}

/** The time that was waited for has come, or the signal did not come in time. */
export function onWaitOver(change: JobChange, key: string): IgnoredReason | null {
  const { wait, state } = change.job;
  if (!wait) return "not_waiting";
  change.emit("timer_fired", { key });
  const { to, timeoutTo } = waitTargets(change);
  if (wait.signal === null && to !== null) follow(change, "next", to);
  else if (timeoutTo !== null) follow(change, "timeout", timeoutTo);
  else
    fail(
      change,
      "SIGNAL_TIMEOUT",
      `The signal '${wait.signal}' did not come in time, and '${state}' declares no transition 'timeout'.`,
    );
  return null;
}

/** Where the job's wait leads: when it is over, and when its signal does not come. */
function waitTargets({ job, blueprint }: JobChange): { to: string | null; on: string; timeoutTo: string | null } {
  const { action } = job;
  if (action?.type === "wait_for") {
    const received = action.transitions?.received;
    const to = received ?? action.to ?? null;
    return { to, on: received === undefined ? "next" : "received", timeoutTo: action.transitions?.timeout ?? null };
  }
  const state = blueprint.states.get(job.state);
  if (state?.type !== "wait") return { to: null, on: "next", timeoutTo: null };
  const on = state.document.transitions?.received === undefined ? "next" : "received";
  return { to: state.to, on, timeoutTo: state.timeoutTo };
}
