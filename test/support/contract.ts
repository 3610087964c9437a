import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formatsPlugin from "ajv-formats";
import { startJobAnswer } from "@/lib/api/start-job";
import { mountedPath } from "@/server/http/api-path";
import { openApiDocument } from "@/server/http/openapi";
import { type Json, schemaOf } from "@/server/http/openapi-schema";
import { OPERATIONS } from "@/server/http/operations";

/** An answer as it is held against the document. */
export interface ContractAnswer {
  status: number;
  headers: Headers;
  /** Null: not looked at, because it is a stream without an end, or there is none. */
  text: string | null;
  /** Headers that must be there. */
  wanted: readonly string[];
}

/** On every answer of a whole process. */
export const ALWAYS_THERE: readonly string[] = ["x-request-id", "x-rxon-version"];

export interface Contract {
  /** What of the answer is not as the document says, with the operation's id; null when nothing is. */
  faultOf(method: string, path: string, answer: ContractAnswer): string | null;
  /** The id of the operation that answers there, `start` for a blueprint's endpoint, null for none. */
  operationAt(method: string, path: string): string | null;
}

interface Route {
  pattern: RegExp;
  /** Templated parts, so that plain paths come first. */
  parts: number;
  path: string;
  methods: Record<string, Json>;
}

const ID = "batuta:openapi";
const ERROR = "#/components/schemas/Error";
let shared: Contract | undefined;

/** The contract of this source tree, compiled once for a process. */
export function productContract(): Contract {
  shared ??= contractOf(openApiDocument(OPERATIONS));
  return shared;
}

/** Holds answers against an OpenAPI document; each (operation, status) is compiled when it is first met. */
export function contractOf(document: Json): Contract {
  // Each validator runs a few times only: making its code shorter takes longer than running it.
  const ajv = new Ajv2020({ strict: false, allErrors: false, code: { optimize: false } });
  formatsPlugin.default(ajv);
  const components = structuredClone(document.components) as { schemas: Json };
  const accepted = schemaOf(startJobAnswer, "output", components.schemas);
  ajv.addSchema({ ...document, components, accepted, $id: ID } as object);
  const routes = routesOf(document);
  const compiled = new Map<string, ValidateFunction>();
  const validator = (pointer: string) => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `${ID}${pointer}` });
    compiled.set(pointer, known);
    return known;
  };
  const bodyFault = (pointer: string, text: string): string | null => {
    const validate = validator(pointer);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return `is no JSON: ${text.slice(0, 200)}`;
    }
    return validate(value)
      ? null
      : `${ajv.errorsText(validate.errors)} ${JSON.stringify(validate.errors?.[0]?.params)}`;
  };
  return {
    operationAt(method, path) {
      const found = find(routes, method, path);
      return found ? (found.operation.operationId as string) : startsAt(method, path) ? "start" : null;
    },
    faultOf(method, path, answer) {
      const found = find(routes, method, path);
      const named = `${found ? String(found.operation.operationId) : "no operation"} (${method} ${path}) ${answer.status}`;
      const fault = found
        ? operationFault(document, found, answer, bodyFault)
        : otherFault(method, path, answer, bodyFault);
      return fault === null ? null : `${named}: ${fault}`;
    },
  };
}

type BodyFault = (pointer: string, text: string) => string | null;

function operationFault(
  document: Json,
  { operation, pointer }: Found,
  answer: ContractAnswer,
  bodyFault: BodyFault,
): string | null {
  const responses = operation.responses as Record<string, Json>;
  const key = responses[String(answer.status)] ? String(answer.status) : "default";
  if (key === "default" && answer.status < 400) return "this status is not in the document";
  const response = responses[key] as Json;
  const place = typeof response.$ref === "string" ? response.$ref : `${pointer}/responses/${key}`;
  const described = typeof response.$ref === "string" ? (at(document, response.$ref) as Json) : response;
  const missing = answer.wanted.filter((name) => !answer.headers.has(name));
  if (missing.length > 0) return `the header ${missing.join(", ")} is missing`;
  const content = described.content as Record<string, Json> | undefined;
  if (!content) return answer.text ? `has a body, ${answer.text.slice(0, 100)}` : null;
  const type = mediaType(answer.headers);
  if (answer.text === null) return null;
  if (type === null || !(type in content)) return `the content type ${type} is not in the document`;
  if (!content[type]?.schema) return null;
  return bodyFault(`${place}/content/${type.replaceAll("/", "~1")}/schema`, answer.text);
}

/** A blueprint's endpoint, a method that is not taken, or nothing at all. */
function otherFault(method: string, path: string, answer: ContractAnswer, bodyFault: BodyFault): string | null {
  if (answer.text === null) return null;
  if (answer.status === 202 && startsAt(method, path)) return bodyFault("#/accepted", answer.text);
  if (answer.status < 400) return "nothing in the document answers here";
  return mediaType(answer.headers) === "application/json" ? bodyFault(ERROR, answer.text) : "is no JSON";
}

function startsAt(method: string, path: string): boolean {
  return method === "POST" && path.startsWith("/api/");
}

interface Found {
  operation: Json;
  pointer: string;
}

function find(routes: readonly Route[], method: string, path: string): Found | null {
  const asked = method === "HEAD" ? "get" : method.toLowerCase();
  const versioned = mountedPath(path, "api");
  for (const route of routes) {
    const operation = route.methods[asked];
    if (operation && route.pattern.test(versioned))
      return { operation, pointer: `#/paths/${route.path.replaceAll("/", "~1")}/${asked}` };
  }
  return null;
}

function routesOf(document: Json): Route[] {
  return Object.entries(document.paths as Record<string, Record<string, Json>>)
    .map(([path, methods]) => ({
      path,
      parts: path.split("{").length - 1,
      pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
      methods,
    }))
    .sort((a, b) => a.parts - b.parts);
}

function mediaType(headers: Headers): string | null {
  return headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? null;
}

function at(document: Json, pointer: string): unknown {
  let found: unknown = document;
  for (const part of pointer.slice(2).split("/")) found = (found as Json)[part.replaceAll("~1", "/")];
  return found;
}

type Fetch = (request: Request, env?: object) => Response | Promise<Response>;

/** The same fetch, whose answers are held against the product's document; `report` hears what is wrong with one. */
export function underContract(fetch: Fetch, report: (fault: string) => void, wanted = ALWAYS_THERE): Fetch {
  return async (request, env) => {
    const response = await fetch(request, env);
    const stream = mediaType(response.headers) === "text/event-stream";
    const empty = request.method === "HEAD" || response.body === null;
    const text = stream ? null : empty ? "" : await textOf(response.clone());
    const { status, headers } = response;
    const answer = { status, headers, wanted, text: request.method === "HEAD" ? null : text };
    const fault = productContract().faultOf(request.method, new URL(request.url).pathname, answer);
    if (fault !== null) report(fault);
    return response;
  };
}

/** Null when it is packed in a way that cannot be undone here. */
async function textOf(response: Response): Promise<string | null> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const encoding = response.headers.get("content-encoding");
  if (encoding === "gzip") return gunzipSync(bytes).toString();
  if (encoding === "br") return brotliDecompressSync(bytes).toString();
  return encoding === null ? bytes.toString() : null;
}
