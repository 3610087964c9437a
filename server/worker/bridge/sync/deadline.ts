import { BridgeError } from "../bridge-error";
import type { Call } from "./call";
import { TAKEN } from "./wire";

/** What becomes of a call whose time to be looked at has come: another time (`late`: it should have ended), or its end. */
export type Due = { checkAt: number; late?: boolean } | { kill: boolean; error: BridgeError };

/**
 * Time in which the thread was busy with others, or loaded the module, does not count as the call's own; how long that may
 * take is its queue limit.
 */
export function dueError(call: Call, now: number): Due {
  if (call.stop) return stopDue(call, call.stop.at + call.options.graceMs, now);
  const begunAt = call.place?.begunAt() ?? null;
  if (begunAt === null) return waitingDue(call, now);
  const { timeoutMs, graceMs } = call.options;
  if (timeoutMs === null) return { checkAt: Number.POSITIVE_INFINITY };
  const stopAt = begunAt + timeoutMs;
  if (now < stopAt) return { checkAt: stopAt };
  // A task that heeds its signal has ended a moment later.
  const lateAt = stopAt + graceMs / 4;
  if (now < lateAt) return { checkAt: lateAt };
  const killAt = stopAt + graceMs;
  if (now < killAt) return { checkAt: killAt, late: true };
  const message = `${call.task.name} ran for more than ${timeoutMs} ms, did not stop in ${graceMs} ms more, and was killed`;
  return { kill: true, error: new BridgeError("TASK_TIMEOUT", message, { phase: "hard", limitMs: timeoutMs }) };
}

function stopDue(call: Call, killAt: number, now: number): Due {
  if (now < killAt) return { checkAt: killAt };
  const { code, reason } = call.stop ?? { code: "TASK_CANCELLED" as const, reason: "cancelled" };
  const message = `${call.task.name} did not stop in ${call.options.graceMs} ms (${reason}), and was killed`;
  return { kill: true, error: new BridgeError(code, message, { phase: "hard", reason }) };
}

function waitingDue(call: Call, now: number): Due {
  const { queueTtlMs, timeoutMs, graceMs } = call.options;
  const ownMs = (timeoutMs ?? 0) + graceMs;
  if (queueTtlMs === null) return { checkAt: now + ownMs };
  const giveUpAt = call.submittedAt + queueTtlMs;
  if (now < giveUpAt) return { checkAt: Math.min(giveUpAt, now + ownMs) };
  const { name } = call.task;
  const details = { limitMs: queueTtlMs };
  if (call.place?.drop()) {
    const message = `${name} waited for ${queueTtlMs} ms while other tasks kept the thread busy; it never began`;
    return { kill: false, error: new BridgeError("QUEUE_TTL_EXPIRED", message, details) };
  }
  // It began in this very moment.
  if (call.place?.read() !== TAKEN) return { checkAt: now + ownMs };
  const message = `The module of ${name} did not load in ${queueTtlMs} ms`;
  return { kill: true, error: new BridgeError("BRIDGE_UNAVAILABLE", message, details) };
}
