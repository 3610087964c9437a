import { findJsonProblem, isJsonObject, type JsonValue } from "@/lib/json";
import { TaskError } from "@/server/tasks/task-function";
import { makeStorable, storableText } from "@/server/workers/storable-json";

/** Result data above this size (UTF-8 bytes of its JSON text) is refused. */
export const MAX_RESULT_BYTES = 1024 * 1024;
const MAX_MESSAGE_LENGTH = 4_000;
const MAX_OUTCOME_LENGTH = 128;

/** What an attempt came to: the word that picks the transition, with its data or its error. */
export interface TaskOutcome {
  outcome: string;
  data?: JsonValue;
  error?: { code: string; message: string; details?: JsonValue };
  /** The next attempt should wait so long. */
  retryAfterMs?: number;
}

/** Reads what a task function returned. Data that is not JSON, or too large, is a broken contract. */
export function outcomeOf(returned: unknown): TaskOutcome {
  const result = isWrapped(returned) ? returned : { data: returned };
  const outcome = result.status ?? "success";
  if (typeof outcome !== "string" || outcome === "" || outcome.length > MAX_OUTCOME_LENGTH) {
    return broken(`The task returned a status that is not a text of 1 to ${MAX_OUTCOME_LENGTH} characters`);
  }
  if (result.data === undefined || result.data === null) return { outcome };
  if (!isJsonObject(result.data)) return broken("The task returned data that is not an object: return { data: { … } }");
  const checked = checkedJson(result.data);
  return "problem" in checked ? broken(checked.problem) : { outcome, data: checked.value };
}

/** Turns what a task function threw into its failure. */
export function failureOf(thrown: unknown): TaskOutcome {
  if (thrown instanceof TaskError) {
    const error: TaskOutcome["error"] = { code: thrown.code, message: shown(thrown.message) };
    const details = thrown.details === undefined ? null : checkedJson(thrown.details);
    if (details !== null && "value" in details) error.details = details.value;
    return { outcome: "failure", error, ...retryAfterOf(thrown) };
  }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `The task threw ${typeof thrown}`;
  return { ...failure("INTERNAL_ERROR", message), ...retryAfterOf(thrown) };
}

/** An error of any kind may say how long to wait, in milliseconds. */
function retryAfterOf(thrown: unknown): { retryAfterMs?: number } {
  const asked = (thrown as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  return typeof asked === "number" && asked >= 0 && Number.isFinite(asked) ? { retryAfterMs: Math.round(asked) } : {};
}

/** A failure that the worker itself states. */
export function failure(code: string, message: string): TaskOutcome {
  return { outcome: "failure", error: { code, message: shown(message) } };
}

function broken(message: string): TaskOutcome {
  return failure("CONTRACT_VIOLATION", message);
}

function isWrapped(returned: unknown): returned is { status?: unknown; data?: unknown } {
  return typeof returned === "object" && returned !== null && ("status" in returned || "data" in returned);
}

/** The value as it will arrive: dates as texts, absent members gone, text that Postgres cannot store replaced. */
function checkedJson(value: unknown): { value: JsonValue } | { problem: string } {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    return { problem: `The task returned data that is not JSON: ${(error as Error).message}` };
  }
  if (text === undefined) return { problem: `The task returned data that is not JSON: ${typeof value}` };
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_RESULT_BYTES) {
    return {
      problem: `The task returned ${bytes} bytes of data, more than ${MAX_RESULT_BYTES}: store it and return its address`,
    };
  }
  const storable = makeStorable(JSON.parse(text) as JsonValue, text);
  const problem = findJsonProblem(storable);
  return problem
    ? { problem: `The task returned data that is refused at '${problem.path}': ${problem.message}` }
    : { value: storable };
}

function shown(message: string): string {
  return storableText(message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message);
}
