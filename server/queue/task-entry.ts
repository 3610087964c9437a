import { attemptIdOf, parseAttemptId } from "@/lib/job-event";
import type { TaskMessage } from "@/server/queue/contract";

/** The task of an attempt id. */
export function taskIdOfAttempt(attemptId: string): string {
  return attemptId.slice(0, attemptId.lastIndexOf("."));
}

/**
 * The text of a task's stream entry: `<job>.<no>.<fence> [attempt, priority, timeoutMs, blueprint, sentAt]`, then a line
 * break and the params' own JSON text when they travel along. The id is at the head so that scans need not parse JSON,
 * and the params are not encoded a second time. The type is the stream's.
 */
export function encodeTask(message: TaskMessage): string {
  const { attempt, priority, timeoutMs, blueprint, sentAt, params } = message;
  const head = `${attemptIdOf(message.jobId, message.no, message.fence)} ${JSON.stringify([attempt, priority, timeoutMs, blueprint, sentAt])}`;
  return params === null ? head : `${head}\n${params}`;
}

/** Reads an entry back. Throws an Error that quotes its head when it is not one of ours. */
export function decodeTask(type: string, text: string): TaskMessage {
  const lineEnd = text.indexOf("\n");
  const head = lineEnd < 0 ? text : text.slice(0, lineEnd);
  const space = head.indexOf(" ");
  const attemptId = parseAttemptId(head.slice(0, Math.max(space, 0)));
  if (!attemptId) throw unreadable(text);
  const rest: unknown = JSON.parse(head.slice(space + 1));
  if (!Array.isArray(rest)) throw unreadable(text);
  const [attempt, priority, timeoutMs, blueprint, sentAt] = rest as unknown[];
  // Spelled out: an object that begins with a spread is built ten times slower, and this runs for every delivery.
  const message = {
    jobId: attemptId.jobId,
    no: attemptId.no,
    fence: attemptId.fence,
    attempt: Number(attempt),
    type,
    priority: Number(priority),
    params: lineEnd < 0 ? null : text.slice(lineEnd + 1),
    timeoutMs: timeoutMs === null ? null : Number(timeoutMs),
    blueprint: String(blueprint),
    sentAt: Number(sentAt),
  };
  if (!Number.isFinite(message.attempt)) throw unreadable(text);
  return message;
}

function unreadable(text: string): Error {
  return new Error(`not a task entry: ${JSON.stringify(text.slice(0, 80))}`);
}
