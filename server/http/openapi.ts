import { z } from "zod";
import { apiError } from "@/lib/api/error";
import type { Operation } from "./operation";
import { PRODUCT_VERSION } from "./product-version";

type Json = Record<string, unknown>;

const made = new WeakMap<readonly Operation[], Json>();

/** The API as OpenAPI 3.1, made once from the declared operations and their schemas. */
export function openApiDocument(operations: readonly Operation[]): Json {
  const document = made.get(operations) ?? describe(operations);
  made.set(operations, document);
  return document;
}

function describe(operations: readonly Operation[]): Json {
  const components: Json = {};
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = fullPath(operation.path);
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationObject(operation, components) };
  }
  // Registered in any case: every operation may answer with it.
  schemaOf(apiError, "output", components);
  return {
    openapi: "3.1.0",
    info: { title: "Batuta", version: PRODUCT_VERSION, description: DESCRIPTION },
    servers: [{ url: "/" }],
    tags: [...new Set(operations.map((operation) => operation.tag))].map((name) => ({ name })),
    paths,
    components: { schemas: components, securitySchemes: SECURITY_SCHEMES },
  };
}

const DESCRIPTION =
  "Jobs of each blueprint are started at the blueprint's own endpoint, by default `POST /api/v1/jobs/<name>`; `GET /api/v1/blueprints` lists them. Every path below `/api/v1` is also found below `/api`.";

const SECURITY_SCHEMES = {
  clientToken: { type: "apiKey", in: "header", name: "X-Client-Token" },
  session: { type: "apiKey", in: "cookie", name: "batuta.session_token" },
};

/** Where an operation is found: below `/api/v1`, unless its path says otherwise. */
export function fullPath(path: string): string {
  return path.startsWith("/_") || path === "/healthz" || path === "/readyz" ? path : `/api/v1${path}`;
}

function operationObject(operation: Operation, components: Json): Json {
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.access === "open" ? { security: [] } : { security: [{ clientToken: [] }, { session: [] }] }),
    ...(operation.access === "open" || operation.access === "signed_in" ? {} : { "x-permission": operation.access }),
    parameters: [
      ...parameters("path", operation.params, components),
      ...parameters("query", operation.query, components),
    ],
    ...requestBody(operation, components),
    responses: responses(operation, components),
  };
}

function parameters(place: "path" | "query", schema: z.ZodType | undefined, components: Json): Json[] {
  if (!schema) return [];
  const object = inline(schema, "input", components);
  const required = new Set((object.required as string[] | undefined) ?? []);
  return Object.entries((object.properties as Record<string, Json> | undefined) ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.has(name),
    schema: property,
  }));
}

function requestBody(operation: Operation, components: Json): Json {
  if (operation.rawBody) {
    const content = Object.fromEntries(operation.rawBody.map((type) => [type, {}]));
    return { requestBody: { required: true, content } };
  }
  if (!operation.body) return {};
  const schema = schemaOf(operation.body, "input", components);
  return { requestBody: { required: !operation.bodyOptional, content: { "application/json": { schema } } } };
}

function responses(operation: Operation, components: Json): Json {
  const answers = Object.entries(operation.answers).map(([status, answer]) => {
    const failed = Number(status) >= 400 && !answer.schema;
    const schema = answer.schema ?? (failed ? apiError : undefined);
    const type = answer.contentType ?? "application/json";
    const headers = Object.fromEntries((answer.headers ?? []).map((name) => [name, { schema: { type: "string" } }]));
    return [
      status,
      {
        description: answer.description,
        ...(answer.headers ? { headers } : {}),
        content: { [type]: schema ? { schema: schemaOf(schema, "output", components) } : {} },
      },
    ];
  });
  const error = {
    description: "Refused",
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  };
  return { ...Object.fromEntries(answers), default: error };
}

/** A reference for a schema with an id, else the schema itself; named ones are put into `components`. */
function schemaOf(schema: z.ZodType, io: "input" | "output", components: Json): Json {
  const wrapped = inline(z.object({ it: schema }), io, components);
  return (wrapped.properties as Record<string, Json>).it as Json;
}

function inline(schema: z.ZodType, io: "input" | "output", components: Json): Json {
  const { $schema: _, $defs, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  for (const [name, definition] of Object.entries(($defs as Record<string, Json> | undefined) ?? {}))
    components[name] ??= relinked(withoutId(definition));
  return relinked(json) as Json;
}

function withoutId({ id: _, ...definition }: Json): Json {
  return definition;
}

/** References of the library's own kind, as OpenAPI's. */
function relinked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relinked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "$ref" && typeof inner === "string"
        ? inner.replace("#/$defs/", "#/components/schemas/")
        : relinked(inner),
    ]),
  );
}
