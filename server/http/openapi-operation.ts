import type { z } from "zod";
import { apiError } from "@/lib/api/error";
import { exampleOf } from "./openapi-example";
import { headersOf } from "./openapi-headers";
import { REQUEST_EXAMPLES } from "./openapi-requests";
import { inlineSchema, type Json, schemaOf } from "./openapi-schema";
import { CLIENT_SECURITY, WORKER_SECURITY } from "./openapi-security";
import type { Operation } from "./operation";

/** What the document says of an operation; the declared ones have all of it, the others are described by hand. */
export interface Described extends Omit<Operation, "method" | "tag" | "access" | "handle"> {
  method: Operation["method"] | "PATCH";
  tag: string;
  /** `worker`: whoever a worker's token, or its certificate, stands for; `either`: a client or a person as well. */
  access: Operation["access"] | "worker" | "either";
  /** The shape of its refusals, where it is not the API's own. */
  errors?: z.ZodType;
}

const FAILED: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "NotAuthenticated",
  403: "Forbidden",
  404: "NotFound",
  413: "TooLarge",
  415: "UnsupportedMediaType",
  429: "TooManyRequests",
  503: "Unavailable",
};

/** One operation as OpenAPI; the shapes with names go into `components`. */
export function operationObject(operation: Described, components: Json): Json {
  const { access } = operation;
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description ? { description: operation.description } : {}),
    security: securityOf(access),
    ...(NO_PERMISSION.has(access) ? {} : { "x-permission": access }),
    parameters: [
      ...parameters("path", operation.params, components),
      ...parameters("query", operation.query, components),
      ...(operation.headers ?? []),
    ],
    ...requestBody(operation, components),
    responses: responses(operation, components),
  };
}

const NO_PERMISSION: ReadonlySet<string> = new Set(["open", "signed_in", "worker", "either"]);

function securityOf(access: Described["access"]): readonly Json[] {
  if (access === "open") return [];
  if (access === "worker") return WORKER_SECURITY;
  return access === "either" ? [...CLIENT_SECURITY, ...WORKER_SECURITY] : CLIENT_SECURITY;
}

function parameters(place: "path" | "query", schema: z.ZodType | undefined, components: Json): Json[] {
  if (!schema) return [];
  const object = inlineSchema(schema, "input", components);
  const required = new Set((object.required as string[] | undefined) ?? []);
  return Object.entries((object.properties as Record<string, Json> | undefined) ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.has(name),
    schema: property,
    ...(place === "path" ? { example: exampleOf(property, components, { name }) } : {}),
  }));
}

function requestBody(operation: Described, components: Json): Json {
  const given = REQUEST_EXAMPLES[operation.id];
  if (operation.rawBody) {
    const content = Object.fromEntries(
      operation.rawBody.map((type) => [type, { example: given?.[type] ?? given ?? "The bytes of the file" }]),
    );
    return { requestBody: { required: true, content } };
  }
  if (!operation.body) return {};
  const schema = schemaOf(operation.body, "input", components);
  const example = given ?? exampleOf(schema, components, { all: false });
  return { requestBody: { required: !operation.bodyOptional, content: { "application/json": { schema, example } } } };
}

function responses(operation: Described, components: Json): Json {
  const answers: Record<string, Json> = {};
  const common = { limited: isLimited(operation), quota: false };
  for (const status of refusalsOf(operation)) answers[status] = { $ref: `#/components/responses/${FAILED[status]}` };
  for (const [status, answer] of Object.entries(operation.answers)) {
    const code = Number(status);
    const failed = code >= 400 && !answer.schema;
    const schema = answer.schema ?? (failed ? (operation.errors ?? apiError) : undefined);
    answers[status] = {
      description: answer.description,
      headers: headersOf({ ...common, status: code, more: answer.headers }),
      ...(code === 204 || (code > 300 && code < 400) || code === 101
        ? {}
        : { content: contentOf(answer, schema, components) }),
    };
  }
  const refused = operation.access === "worker" || operation.access === "either" ? "WorkerRefused" : "Refused";
  return { ...answers, default: { $ref: `#/components/responses/${refused}` } };
}

function contentOf(answer: Described["answers"][number], schema: z.ZodType | undefined, components: Json): Json {
  const others = Object.fromEntries((answer.otherTypes ?? []).map((type) => [type, {}]));
  return { [answer.contentType ?? "application/json"]: schema ? bodyOf(schema, components) : {}, ...others };
}

function bodyOf(schema: z.ZodType, components: Json): Json {
  const made = schemaOf(schema, "output", components);
  return { schema: made, example: exampleOf(made, components) };
}

/** The probes and figures are asked for by machines that know no limit. */
function isLimited(operation: Described): boolean {
  return operation.access !== "open";
}

function refusalsOf(operation: Described): number[] {
  if (operation.access === "worker" || operation.access === "either") return [];
  const takesBody = operation.body !== undefined || operation.rawBody !== undefined;
  return [
    ...(takesBody || operation.query ? [400] : []),
    ...(operation.access === "open" ? [] : [401, 403]),
    ...(operation.params ? [404] : []),
    ...(takesBody ? [413, 415] : []),
    ...(operation.access === "open" ? [] : [429]),
  ];
}

/** `components.responses`: the refusals that many operations share. */
export function sharedResponses(components: Json): Json {
  const refusal = (description: string, status: number, example: Json): Json => ({
    description,
    headers: headersOf({ limited: false, quota: false, status }),
    content: { "application/json": { schema: schemaOf(apiError, "output", components), example } },
  });
  return {
    BadRequest: refusal("The request is not as it should be; `details` name each fault", 400, {
      error: "limit: must be at most 500",
      code: "invalid_request",
      details: [{ path: "limit", message: "must be at most 500" }],
    }),
    NotAuthenticated: refusal("No token and no session, or none that is known", 401, {
      error: "Missing X-Client-Token header",
      code: "missing_token",
    }),
    Forbidden: refusal("The token's scopes, or the person's role, do not allow it", 403, {
      error: "This token's scopes do not allow jobs:start",
      code: "forbidden",
    }),
    NotFound: refusal("It is not there, or belongs to somebody else", 404, {
      error: "Job not found",
      code: "not_found",
    }),
    TooLarge: refusal("The body is too large", 413, {
      error: "The body is larger than 1048576 bytes",
      code: "body_too_large",
    }),
    UnsupportedMediaType: refusal("The body is of a kind that is not taken", 415, {
      error: "Send the body as application/json",
      code: "unsupported_media_type",
    }),
    TooManyRequests: refusal("Too many requests, or the month's quota is used up", 429, {
      error: "Too Many Requests",
      code: "LIMIT_EXCEEDED_ERROR",
    }),
    Refused: refusal("Refused", 400, { error: "There is nothing at this path", code: "not_found" }),
  };
}
