import { createHash } from "node:crypto";
import { type StartJobBody, startJobBody } from "@/lib/api/start-job";
import type { Actor } from "@/lib/job-event";
import { SECURITY_MEMBER } from "@/lib/job-event";
import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import type { StoredBlueprint } from "@/server/catalogue/catalogue";
import { type JobQuota, NO_QUOTA } from "@/server/clients/quota";
import { canonicalJson } from "@/server/engine/blueprint/content-hash";
import { compileJsonSchema } from "@/server/engine/blueprint/json-schema-validator";
import { ApiError, forbidden, invalidRequest } from "@/server/errors";
import { faultPoint } from "@/server/fault-point";
import type { ClientFacts } from "@/server/store/clients";
import { isDataError } from "@/server/store/errors";
import { EngineBusyError } from "@/server/turn/engine-busy";
import type { Engine, StartJobRequest, StartJobResult } from "@/server/turn/engine-contract";

export interface JobOrder {
  blueprint: StoredBlueprint;
  body: StartJobBody;
  /** Whose the job will be. */
  clientId: number;
  /** False for operators, who start everything. */
  ownOnly: boolean;
  starter: Actor;
  /** By which the process API will know the job. */
  processId?: string;
  /** What its handlers may know of the client; null or absent: nothing beside its id. */
  client?: ClientFacts | null;
  idempotencyKey: string | null;
  trace: Record<string, string>;
}

/**
 * Starts a job; it is committed when this resolves. `replayed`: the key was used before for the same request, and this
 * is its job. Refused: 403 for a blueprint that is not the client's, 400 for input that breaks the blueprint's schema, 422
 * for a key that belongs to another request, and what `quota` refuses once all else is good.
 */
export async function startJob(
  engine: Engine,
  order: JobOrder,
  quota: JobQuota = NO_QUOTA,
): Promise<{ jobId: string; replayed: boolean }> {
  const { blueprint, body } = order;
  if (order.ownOnly && !blueprint.shared && blueprint.clientId !== order.clientId) {
    throw forbidden(`The blueprint ${blueprint.name} belongs to another client and is not shared`);
  }
  const input = body.initial_data ?? {};
  checkInput(blueprint, input);
  const isCounted = await quota.charge();
  let result: StartJobResult;
  try {
    if (isCounted) faultPoint("quota.after_charge");
    result = await submit(engine, requestOf(order, input));
  } catch (error) {
    if (isCounted && isRefusal(error)) await quota.refund();
    throw error;
  }
  if (!result.created) await quota.refund();
  if (result.conflict) {
    throw new ApiError(
      422,
      "idempotency_conflict",
      "This Idempotency-Key was used for another request; use a new key",
      {
        details: [{ path: "Idempotency-Key", message: "was used with another body or blueprint" }],
      },
    );
  }
  return { jobId: result.jobId, replayed: !result.created };
}

/** Nothing was stored, for certain. After any other error the job may be there, and stays counted. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError || error instanceof EngineBusyError || isDataError(error);
}

async function submit(engine: Engine, request: StartJobRequest): Promise<StartJobResult> {
  const [result] = await engine.startJobs([request]);
  if (!result) throw new Error("the engine gave no answer to a submission");
  return result;
}

function requestOf(order: JobOrder, input: JsonObject): StartJobRequest {
  const { blueprint, body, clientId, starter, idempotencyKey, trace } = order;
  return {
    blueprintId: blueprint.id,
    clientId,
    starter,
    input,
    ...(order.processId === undefined ? {} : { processId: order.processId }),
    ...(order.client ? { client: factsOf(order.client) } : {}),
    ...metadataOf(body),
    ...(body.webhook_url ? { webhookUrl: body.webhook_url } : {}),
    ...(body.dispatch_timeout === undefined ? {} : { dispatchTimeoutMs: Math.round(body.dispatch_timeout * 1000) }),
    ...(body.result_timeout === undefined ? {} : { resultTimeoutMs: Math.round(body.result_timeout * 1000) }),
    ...(body.priority === undefined ? {} : { priority: body.priority }),
    ...(Object.keys(trace).length > 0 ? { trace } : {}),
    ...(idempotencyKey === null
      ? {}
      : { idempotency: { key: idempotencyKey, requestHash: requestHash(blueprint.name, body) } }),
  };
}

/** Only what there is: most clients have a plan at most, and every job keeps its copy. */
function factsOf({ plan, params, config }: ClientFacts): NonNullable<StartJobRequest["client"]> {
  return {
    ...(plan === null ? {} : { plan }),
    ...(Object.keys(params).length > 0 ? { params } : {}),
    ...(Object.keys(config).length > 0 ? { config } : {}),
  };
}

/** The security context travels with the metadata, where the payload of a task finds it; readers leave it out. */
function metadataOf({ metadata, security }: StartJobBody): { metadata?: JsonObject } {
  if (security) return { metadata: { ...metadata, [SECURITY_MEMBER]: security } };
  return metadata ? { metadata } : {};
}

function checkInput(blueprint: StoredBlueprint, input: JsonObject): void {
  const schema = blueprint.document.input_schema;
  if (!schema) return;
  const checked = compileJsonSchema(schema).validate(input);
  if (checked.ok) return;
  const [first] = checked.problems;
  throw new ApiError(
    400,
    "invalid_request",
    `Input validation failed for blueprint '${blueprint.name}': ${first?.message ?? "not valid"}`,
    {
      details: checked.problems.map(({ field, message, fix }) => ({
        path: field === "" ? "initial_data" : `initial_data.${field}`,
        message,
        fix,
      })),
    },
  );
}

/** The same blueprint and the same body, whatever the order of its keys. */
function requestHash(name: string, body: StartJobBody): Buffer {
  return createHash("sha256")
    .update(canonicalJson([name, body as unknown as JsonValue]))
    .digest();
}

const OPTIONS: ReadonlySet<string> = new Set(Object.keys(startJobBody.shape));

/**
 * The reference's rule: a non-empty object that has neither `initial_data` nor `webhook_url` is itself the initial data;
 * unless it has nothing but options, as in `{"priority": 5}`. Throws 400 for a body that is no object.
 */
export function startJobBodyOf(value: JsonValue | undefined): JsonObject {
  if (value === undefined)
    throw new ApiError(400, "invalid_json", "Invalid JSON body", {
      details: [{ path: "", message: "The body is empty" }],
    });
  if (!isJsonObject(value)) throw invalidRequest("", "The body must be a JSON object");
  const keys = Object.keys(value);
  const named = keys.includes("initial_data") || keys.includes("webhook_url");
  return named || keys.every((key) => OPTIONS.has(key)) ? value : { initial_data: value };
}

/** Reads the header; 400 for one that is empty, too long or not plain text. */
export function idempotencyKeyOf(headers: Headers): string | null {
  const key = headers.get("idempotency-key");
  if (key === null) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw invalidRequest("Idempotency-Key", "must be 1–255 printable characters without spaces");
  return key;
}

/** W3C trace context alone: other headers of a request are nobody's business later on. */
export function traceOf(headers: Headers): Record<string, string> {
  const trace: Record<string, string> = {};
  for (const name of ["traceparent", "tracestate", "baggage"]) {
    const value = headers.get(name);
    if (value !== null && value.length <= 512) trace[name] = value;
  }
  return trace;
}
