import { setTimeout as delay } from "node:timers/promises";
import type { z } from "zod";
import { Outcome, type Skill } from "./skill";
import { type SkillContext, TaskStopped } from "./skill-context";
import { ContractError, SkillError, ValidationError } from "./skill-error";

/** How long code that was told to stop keeps its place. */
const GRACE_MS = 5_000;
const MAX_MESSAGE = 4_000;

/** The members of a result that say what an attempt came to. */
export interface ResultBody {
  status: string;
  data?: unknown;
  error?: { code: string; message: string; details?: unknown };
  /** Seconds. */
  retry_after?: number;
}

/**
 * Runs one attempt: checks the input, runs the skill, checks the output; never rejects. Null: it was stopped in a way
 * that leaves nothing to report, because the task is given back or belongs to somebody else.
 */
export async function runSkill(
  skill: Skill | undefined,
  type: string,
  params: unknown,
  ctx: SkillContext,
): Promise<ResultBody | null> {
  const { signal } = ctx;
  const work = perform(skill, type, params, ctx);
  const stopped = new Promise<"stopped">((resolve) => {
    if (signal.aborted) resolve("stopped");
    else signal.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
  const first = await Promise.race([work, stopped]);
  if (first !== "stopped") return first;
  return stoppedBody(signal.reason, await Promise.race([work, delay(GRACE_MS, null, { ref: false })]));
}

async function perform(
  skill: Skill | undefined,
  type: string,
  params: unknown,
  ctx: SkillContext,
): Promise<ResultBody> {
  try {
    if (!skill) throw new SkillError("PERMANENT_ERROR", `Unsupported skill: ${type}`);
    const input = skill.input.safeParse(params ?? {});
    if (!input.success) throw new ValidationError(`${type}: ${faultsOf(input.error)}`);
    return bodyOf(skill, await skill.run(input.data, ctx as never));
  } catch (thrown) {
    return failureOf(thrown);
  }
}

function bodyOf(skill: Skill, returned: unknown): ResultBody {
  const { status, data } = returned instanceof Outcome ? returned : { status: "success", data: returned };
  if (typeof status !== "string" || status === "" || status.length > 128)
    throw new ContractError(`${skill.name} ended with a status that is not a text of 1 to 128 characters`);
  const value = skill.output ? checked(skill.name, skill.output, data) : data;
  if (value === undefined || value === null) return { status };
  if (typeof value !== "object" || Array.isArray(value))
    throw new ContractError(`${skill.name} returned ${Array.isArray(value) ? "a list" : typeof value}, not an object`);
  return { status, data: asJson(skill.name, value) };
}

function checked(name: string, schema: z.ZodType, data: unknown): unknown {
  const output = schema.safeParse(data);
  if (!output.success) throw new ContractError(`${name} returned what it did not promise: ${faultsOf(output.error)}`);
  return output.data;
}

function asJson(name: string, value: object): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch (cause) {
    throw new ContractError(`${name} returned what is no JSON: ${(cause as Error).message}`, { cause });
  }
}

/** What a thrown error means for the task. */
export function failureOf(thrown: unknown): ResultBody {
  const asked = (thrown as { retryAfterMs?: unknown } | null)?.retryAfterMs;
  const wait = typeof asked === "number" && asked >= 0 && Number.isFinite(asked) ? { retry_after: asked / 1_000 } : {};
  if (isCoded(thrown)) {
    const { code, message, details } = thrown;
    const error = { code, message: shown(message), ...(details === undefined ? {} : { details: jsonOr(details) }) };
    return { status: "failure", error, ...wait };
  }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `The skill threw ${typeof thrown}`;
  return { status: "failure", error: { code: "INTERNAL_ERROR", message: shown(message) }, ...wait };
}

/** A `SkillError`, also one of another copy of this module, and errors of its shape; not those of Node (`ENOENT`). */
function isCoded(thrown: unknown): thrown is { code: string; message: string; details?: unknown } {
  if (thrown instanceof SkillError) return true;
  return thrown instanceof Error && /_(ERROR|VIOLATION)$/.test(String((thrown as { code?: unknown }).code ?? ""));
}

/** `last`: what it came to after all; a skill may tell better than we how it missed its deadline. */
function stoppedBody(reason: unknown, last: ResultBody | null): ResultBody | null {
  const why = reason instanceof TaskStopped ? reason.reason : "lost";
  if (why === "cancelled") return { status: "cancelled" };
  if (why !== "deadline") return null;
  if (last?.error?.code === "TIMEOUT_ERROR") return last;
  return { status: "failure", error: { code: "TIMEOUT_ERROR", message: "The task ran past its deadline" } };
}

function faultsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 10)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}

function jsonOr(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return String(value);
  }
}

function shown(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
