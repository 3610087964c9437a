import type { Context } from "hono";
import type { Actor } from "@/lib/job-event";
import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import { OPERATORS_CLIENT } from "@/server/catalogue/register-blueprints";
import { actorOf, type Caller } from "@/server/clients/caller";
import { type JobQuota, NO_QUOTA, quotaOf } from "@/server/clients/quota";
import { ApiError, invalidRequest } from "@/server/errors";
import { callSkill, type SkillCall } from "@/server/jobs/call-skill";
import { traceOf } from "@/server/jobs/start-job";
import { clientOfJob } from "@/server/store/reads/job-states";
import { authenticate } from "../authenticate";
import { requirePermission } from "../authorise";
import type { HttpDeps } from "../http-deps";
import { holdToLimit } from "../rate-limit-answer";
import { readJson } from "../read-body";
import { holderOf } from "./holder";
import { callOf } from "./hono-call";
import { identify } from "./identify";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { workerName } from "./read-registration";
import { readAttempt } from "./read-result";

const MOST_SECONDS = 60;

/**
 * `POST /skills/call`: a task for whoever has the skill, and its result as the answer. Asked by a worker, in the middle of a
 * task of its own or not, or by a client.
 */
export async function skillCall(c: Context, http: HttpDeps, deps: WorkerProtocolDeps): Promise<Response> {
  const request = c.req.raw;
  const asker = isWorkers(request.headers) ? await workerAsker(c, deps) : await clientAsker(request, http);
  const body = await readJson(request);
  if (!isJsonObject(body ?? null)) throw invalidRequest("", "The body must be a JSON object");
  const order = body as JsonObject;
  const parent = await parentOf(order.task_id ?? request.headers.get("x-task-id"), asker, http, deps);
  const call: SkillCall = {
    skill: skillOf(order.skill_name),
    params: paramsOf(order.params),
    clientId: parent?.clientId ?? asker.clientId,
    by: asker.by,
    client: asker.client,
    quota: asker.quota,
    metadata: {
      called_by: asker.by.id,
      ...(parent ? { parent_task_id: parent.taskId, parent_job_id: parent.jobId } : {}),
    },
    trace: traceOf(request.headers),
    timeoutMs: timeoutMsOf(order.timeout),
    gone: callOf(c).connection().gone,
    cancelWhenGone: order.cancel_on_disconnect === true,
  };
  const end = await callSkill(http, call);
  deps.metrics.skillCalls.inc({ outcome: end.kind === "ended" && end.error ? "failed" : end.kind });
  if (end.kind !== "ended") {
    const error = `The skill gave no result within ${call.timeoutMs / 1000} s; its job ${end.jobId} goes on`;
    return c.json({ error, code: "unavailable", job_id: end.jobId }, 504);
  }
  const { status, data, error, jobId } = end;
  return c.json({
    status,
    ...(error ? { error: { code: error.code, message: error.message } } : { data }),
    job_id: jobId,
  });
}

interface Asker {
  by: Actor;
  clientId: number;
  client: SkillCall["client"];
  quota: JobQuota;
  /** Null: it is no worker. */
  worker: string | null;
}

/** With the token of a client it is a client, whatever else it shows. */
function isWorkers(headers: Headers): boolean {
  return !headers.has("x-client-token") && (headers.has("x-worker-token") || headers.has("x-worker-id"));
}

async function workerAsker(c: Context, deps: WorkerProtocolDeps): Promise<Asker> {
  const named = c.req.header("x-worker-id");
  const { security } = deps;
  const { worker } = await identify(callOf(c), named === undefined ? null : workerName(named, "X-Worker-ID"), security);
  if (security.limits) holdToLimit(c.req.raw, await security.limits.take("session", worker));
  return {
    by: { kind: "worker", id: worker, name: worker },
    clientId: OPERATORS_CLIENT,
    client: null,
    quota: NO_QUOTA,
    worker,
  };
}

async function clientAsker(request: Request, http: HttpDeps): Promise<Asker> {
  const caller: Caller = await authenticate(request, http);
  requirePermission(caller, "jobs:start");
  const client = caller.kind === "client" ? caller.client : null;
  return {
    by: actorOf(caller),
    clientId: client?.id ?? OPERATORS_CLIENT,
    client: client?.facts ?? null,
    quota: client ? quotaOf(http, client, null) : NO_QUOTA,
    worker: null,
  };
}

/** The task in whose middle a worker asks: its job's client owns the call as well. Throws 409 for one that it does not have. */
async function parentOf(
  named: JsonValue | undefined,
  { worker }: Asker,
  http: HttpDeps,
  deps: WorkerProtocolDeps,
): Promise<{ taskId: string; jobId: string; clientId: number } | null> {
  if (named === undefined || named === null || worker === null) return null;
  const attempt = readAttempt(named, "task_id");
  const holder = await holderOf(attempt, deps);
  const clientId = holder?.worker === worker ? await clientOfJob(http.database.pool, attempt.jobId) : null;
  if (clientId === null) throw new ApiError(409, "conflict", "task_id: the task is not in this worker's hands");
  return { taskId: String(named), jobId: attempt.jobId, clientId };
}

function skillOf(value: JsonValue | undefined): string {
  if (typeof value === "string" && /^[a-zA-Z0-9_-]{1,128}$/.test(value)) return value;
  throw invalidRequest("skill_name", "must be 1 to 128 letters, digits, _ or -");
}

function paramsOf(value: JsonValue | undefined): JsonObject {
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  throw invalidRequest("params", "must be an object");
}

function timeoutMsOf(value: JsonValue | undefined): number {
  if (value === undefined || value === null) return MOST_SECONDS * 1000;
  if (typeof value === "number" && value > 0 && value <= MOST_SECONDS) return value * 1000;
  throw invalidRequest("timeout", `must be a number of seconds, at most ${MOST_SECONDS}`);
}
