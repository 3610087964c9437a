import { attemptIdOf, SECURITY_MEMBER } from "@/lib/job-event";
import { isJsonObject, type JsonObject } from "@/lib/json";
import type { PlacementWish } from "@/server/dispatch/worker-card";
import type { TaskMessage } from "@/server/queue/contract";
import type { HandOutFacts } from "@/server/store/hand-out-facts";
import { signTask } from "./sign-task";

/**
 * The task as the protocol shows it, as JSON text; `params` is JSON text too. Old workers refuse fractions in `deadline`
 * and `timestamp`. With a `secret` it carries `sig`.
 */
export function taskPayload(
  message: Omit<TaskMessage, "params">,
  params: string,
  facts: HandOutFacts,
  { nowMs, secret }: { nowMs: number; secret: string | null },
): string {
  const idempotencyKey = `${message.jobId}.${message.no}`;
  const wish = (facts.wish ?? {}) as PlacementWish;
  const { [SECURITY_MEMBER]: security, ...shared } = facts.metadata ?? {};
  const head = JSON.stringify({
    job_id: message.jobId,
    task_id: attemptIdOf(message.jobId, message.no, message.fence),
    type: message.type,
    tracing_context: traceOf(facts.trace),
    params_metadata: {},
    priority: message.priority,
    ...(message.timeoutMs === null ? {} : { deadline: Math.ceil((nowMs + message.timeoutMs) / 1000) }),
    metadata: { ...shared, attempt: message.attempt, idempotency_key: idempotencyKey, blueprint: message.blueprint },
    idempotency_key: idempotencyKey,
    step: facts.transitions ?? 0,
    depth: facts.depth,
    ...(wish.skill_version === undefined ? {} : { skill_version: wish.skill_version }),
    ...(wish.skill_type === undefined ? {} : { skill_type: wish.skill_type }),
    ...(isJsonObject(security) ? { security } : {}),
    timestamp: Math.floor(nowMs / 1000),
  });
  const text = `${head.slice(0, -1)},"params":${params === "null" ? "{}" : params}}`;
  return secret === null ? text : `${text.slice(0, -1)},"sig":"${signTask(text, secret)}"}`;
}

/** Strings only: that is what workers take. */
function traceOf(trace: JsonObject | Record<string, string> | null): Record<string, string> {
  const entries = Object.entries(trace ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(entries);
}
