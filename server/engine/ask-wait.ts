import type { WaitForAction } from "@/lib/blueprint/action";
import type { JsonValue } from "@/lib/json";
import type { CompiledWaitState } from "./blueprint/compile";
import type { JobChange } from "./change";
import { ExpressionError } from "./expression/expression-error";
import { type CompiledTemplate, evaluateTemplate } from "./expression/template";
import { MAX_WAIT_MS } from "./limits";
import { scopeOf } from "./scope";

/** Waits as a state says: for a time, until an instant, or for a signal. */
export function askWait(change: JobChange, state: CompiledWaitState): void {
  const { signal, timeoutMs } = state;
  const given = (template: CompiledTemplate) => evaluateTemplate(template, scopeOf(change.job, change.around));
  if (signal !== null) change.emit("wait_started", { signal, ...(timeoutMs === null ? {} : { due_ms: timeoutMs }) });
  else if (state.until) awaitInstant(change, given(state.until));
  else if (state.seconds) awaitSeconds(change, given(state.seconds));
}

/** The same for a handler's action. */
export function askWaitFor(change: JobChange, action: WaitForAction): void {
  const { signal, timeout_seconds: limit, until, seconds } = action;
  if (signal !== undefined) {
    change.emit("wait_started", { signal, ...(limit === undefined ? {} : { due_ms: Math.round(limit * 1000) }) });
  } else if (until !== undefined) awaitInstant(change, until);
  else awaitSeconds(change, seconds ?? 0);
}

function awaitSeconds(change: JobChange, value: JsonValue): void {
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds < 0)
    throw new ExpressionError(`seconds must be a number from 0 on; it is ${JSON.stringify(value)}`, {
      path: "seconds",
    });
  change.emit("wait_started", { due_ms: bounded(seconds * 1000, "seconds") });
}

/** An instant in the past is no wait. A number counts milliseconds since 1970, as `now` does. */
function awaitInstant(change: JobChange, value: JsonValue): void {
  const at = typeof value === "string" ? Date.parse(value) : typeof value === "number" ? value : Number.NaN;
  if (!Number.isFinite(at))
    throw new ExpressionError(`until must be an instant such as 2026-05-01T08:00:00Z; it is ${JSON.stringify(value)}`, {
      path: "until",
    });
  const dueMs = bounded(Math.max(0, at - change.around.now.getTime()), "until");
  change.emit("wait_started", { due_ms: dueMs, until: new Date(at).toISOString() });
}

function bounded(ms: number, path: string): number {
  if (ms > MAX_WAIT_MS) throw new ExpressionError("a wait lasts ten years at most", { path });
  return Math.round(ms);
}
