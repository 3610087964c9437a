import { apiError } from "@/lib/api/error";
import { workerRefusal } from "@/lib/api/worker-protocol";
import { AUTH_OPERATIONS } from "./openapi-auth";
import { ANSWER_HEADERS, headersOf } from "./openapi-headers";
import { type Described, operationObject, sharedResponses } from "./openapi-operation";
import { type Json, schemaOf } from "./openapi-schema";
import { SECURITY_SCHEMES } from "./openapi-security";
import { SKILL_CALL_OPERATIONS, WORKER_OPERATIONS, WORKER_TOKEN_OPERATIONS } from "./openapi-worker";
import type { Operation } from "./operation";
import { PRODUCT_VERSION } from "./product-version";

/** What answers beside the declared operations: the sign-in and the worker protocol. */
export const OTHER_OPERATIONS: readonly Described[] = [
  ...AUTH_OPERATIONS,
  ...WORKER_OPERATIONS,
  ...WORKER_TOKEN_OPERATIONS,
  ...SKILL_CALL_OPERATIONS,
];

const made = new WeakMap<readonly Operation[], Json>();

/** The API as OpenAPI 3.1, made once from the declared operations and their schemas; without the blueprints' endpoints. */
export function openApiDocument(operations: readonly Operation[]): Json {
  const document = made.get(operations) ?? describe([...operations, ...OTHER_OPERATIONS]);
  made.set(operations, document);
  return document;
}

function describe(operations: readonly Described[]): Json {
  const components: Json = {};
  // Answers first: of a shape that is sent as well, the closed variant has the plain name.
  for (const operation of operations) {
    for (const { schema } of Object.values(operation.answers)) if (schema) schemaOf(schema, "output", components);
  }
  const responses = { ...sharedResponses(components), WorkerRefused: workerRefused(components) };
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = fullPath(operation.path);
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationObject(operation, components) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Batuta", version: PRODUCT_VERSION, description: DESCRIPTION },
    servers: [{ url: "/" }],
    tags: [...new Set(operations.map((operation) => operation.tag))].map(tagOf),
    paths,
    components: {
      schemas: sorted(components),
      responses,
      headers: ANSWER_HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function tagOf(name: string): Json {
  return Object.hasOwn(TAGS, name) ? { name, description: TAGS[name] } : { name };
}

/** What a page about some operations says before them. */
const TAGS: Readonly<Record<string, string>> = {
  Processes: [
    "Two requests for programs that start something for a user and then ask how far it is. A process is a job of the blueprint that `process_type` names, and every blueprint whose input has a `user_id` can be named.",
    "`success` and `failure` are last words. `running` is what may still come out either way: also what waits for a retry, a person or a time, what is paused, and what an operator has to look into. `pending` is what nobody has begun.",
    "`tasks` are the states of the blueprint where something is done, in the order of the way through it, from the first answer on; what the process never came to stays `pending`.",
  ].join("\n\n"),
};

function workerRefused(components: Json): Json {
  return {
    description: "Refused",
    headers: headersOf({ limited: false, quota: false, status: 400 }),
    content: {
      "application/json": {
        schema: schemaOf(workerRefusal.or(apiError), "output", components),
        example: { error: "Unauthorized: Invalid worker token", code: "invalid_token" },
      },
    },
  };
}

const DESCRIPTION = [
  "Jobs of each blueprint are started at the blueprint's own endpoint, by default `POST /api/v1/jobs/<name>`; whoever asks for this document with a token or a session finds an entry for each blueprint that they may start.",
  "Every path below `/api/v1` is also found below `/api`. Errors have one shape: `error` is for people, `code` for programs, `details` name each fault.",
].join("\n\n");

/** Where an operation is found: below `/api/v1`, unless its path says otherwise. */
export function fullPath(path: string): string {
  return /^\/(_|api\/(auth|process)\/|process\/|skills\/|(?:healthz|startupz|livez|readyz)(?:\/|$))/.test(path)
    ? path
    : `/api/v1${path}`;
}

function sorted(members: Json): Json {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
