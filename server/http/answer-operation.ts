import type { Context } from "hono";
import type { z } from "zod";
import { ApiError, invalidRequest, notFound } from "@/server/errors";
import { schemaRefusal } from "./answer-error";
import { authenticate, authenticateOrAnybody } from "./authenticate";
import { requirePermission } from "./authorise";
import { compressText } from "./compress-answer";
import type { HttpDeps } from "./http-deps";
import { jsonAnswer } from "./json-answer";
import type { Operation } from "./operation";
import { readJson } from "./read-body";
import { disconnectOf, remoteAddressOf } from "./remote-address";

/**
 * Answers one declared operation: who asks, may they, are path, query and body as declared, then its own work. What is
 * not there and what may not be seen are the same 404.
 */
export async function answerOperation(
  operation: Operation,
  c: Context,
  url: URL,
  requestId: string,
  deps: HttpDeps,
  operations: readonly Operation[],
  workerOf: WorkerOf | null,
): Promise<Response> {
  const request = c.req.raw;
  const worker = operation.orWorker && workerOf && asksAsWorker(request.headers) ? await workerOf(c) : null;
  const ask = operation.orAnybody?.(deps.config) ? authenticateOrAnybody : authenticate;
  const caller = operation.access === "open" || worker !== null ? null : await ask(request, deps);
  if (caller && operation.access !== "signed_in" && operation.access !== "open")
    requirePermission(caller, operation.access);
  const params = paramsOf(operation, c.req.param() as Record<string, string>);
  const query = queryOf(operation, url);
  const body = operation.body ? await bodyOf(operation, operation.body, request) : undefined;
  const answer = await operation.handle({
    params,
    query,
    body,
    caller: caller as never,
    worker,
    request,
    url,
    requestId,
    remoteAddress: remoteAddressOf(c, deps.config.trustProxy),
    disconnect: disconnectOf(c),
    deps,
    operations,
  });
  return answer instanceof Response
    ? compressText(answer, request)
    : jsonAnswer(answer.body, answer.status, answer.headers, request);
}

/** Says which remote worker sent a request; throws 401 or 403. */
export type WorkerOf = (c: Context) => Promise<string>;

function asksAsWorker(headers: Headers): boolean {
  return headers.has("x-worker-token") && !headers.has("x-client-token");
}

function paramsOf(operation: Operation, values: Record<string, string>): unknown {
  if (!operation.params) return {};
  const parsed = operation.params.safeParse(values);
  if (!parsed.success) throw notFound(operation.subject ?? "It");
  return parsed.data;
}

function queryOf(operation: Operation, url: URL): unknown {
  for (const [name, value] of url.searchParams) {
    if (name.includes("\u0000") || value.includes("\u0000")) {
      throw invalidRequest(name.replaceAll("\u0000", "").slice(0, 80), "contains a NUL character");
    }
  }
  return operation.query ? checked(operation.query, Object.fromEntries(url.searchParams), operation) : {};
}

async function bodyOf(operation: Operation, schema: z.ZodType, request: Request): Promise<unknown> {
  const value = await readJson(request);
  if (value === undefined && !operation.bodyOptional) {
    throw new ApiError(400, "invalid_json", "Invalid JSON body", {
      details: [{ path: "", message: "The body is empty" }],
    });
  }
  return checked(schema, value ?? {}, operation);
}

function checked(schema: z.ZodType, value: unknown, operation: Operation): unknown {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw schemaRefusal(parsed.error, operation.faultTexts);
  return parsed.data;
}
