import { startJobAnswer, startJobBody } from "@/lib/api/start-job";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";
import { exampleOf } from "./openapi-example";
import { headersOf, START_PARAMETERS } from "./openapi-headers";
import { type Json, schemaOf } from "./openapi-schema";
import { CLIENT_SECURITY } from "./openapi-security";

/** A blueprint that can be started over HTTP. */
export interface StartableBlueprint {
  name: string;
  version: number;
  /** From the root of the server on, as in `/api/v1/jobs/order`. */
  path: string;
  document: BlueprintDocument;
}

const TAG = "Start a job";

/** The document with one operation, `post-create-<name>`, for each blueprint; the given one stays as it is. */
export function withBlueprints(document: Json, blueprints: readonly StartableBlueprint[]): Json {
  if (blueprints.length === 0) return document;
  const shared = document.components as { schemas: Json };
  const schemas = { ...shared.schemas };
  const common = {
    body: schemaOf(startJobBody, "input", schemas),
    accepted: schemaOf(startJobAnswer, "output", schemas),
  };
  const paths = { ...(document.paths as Record<string, Json>) };
  for (const blueprint of blueprints)
    paths[blueprint.path] = { ...paths[blueprint.path], post: startOperation(blueprint, common, schemas) };
  return {
    ...document,
    tags: [{ name: TAG, description: "One entry for each blueprint" }, ...(document.tags as Json[])],
    paths,
    components: { ...shared, schemas },
  };
}

function startOperation(blueprint: StartableBlueprint, common: { body: Json; accepted: Json }, schemas: Json): Json {
  const { name, document } = blueprint;
  const input = hoisted(`Input.${name}`, document.input_schema, schemas);
  const output = hoisted(`Output.${name}`, document.output_schema, schemas);
  const refusal = (word: string) => ({ $ref: `#/components/responses/${word}` });
  const schema = input
    ? { allOf: [common.body, { type: "object", properties: { initial_data: input } }] }
    : common.body;
  return {
    operationId: `post-create-${name}`,
    tags: [TAG],
    summary: `Start a job of ${name}`,
    description: descriptionOf(blueprint, output !== null),
    security: CLIENT_SECURITY,
    "x-permission": "jobs:start",
    parameters: START_PARAMETERS,
    requestBody: {
      required: true,
      content: { "application/json": { schema, example: { initial_data: input ? exampleOf(input, schemas) : {} } } },
    },
    responses: {
      202: {
        description: "Accepted: the job is stored and will run",
        headers: headersOf({ limited: true, quota: true, status: 202, more: ["Location", "Idempotency-Replayed"] }),
        content: { "application/json": { schema: common.accepted, example: exampleOf(common.accepted, schemas) } },
        links: { job: { operationId: "getJob", parameters: { job_id: "$response.body#/job_id" } } },
      },
      400: refusal("BadRequest"),
      401: refusal("NotAuthenticated"),
      403: refusal("Forbidden"),
      422: { description: "The Idempotency-Key was used with another body", ...refusalBody() },
      413: refusal("TooLarge"),
      415: refusal("UnsupportedMediaType"),
      429: refusal("TooManyRequests"),
      default: refusal("Refused"),
    },
  };
}

function refusalBody(): Json {
  return {
    headers: headersOf({ limited: true, quota: false, status: 409 }),
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  };
}

function descriptionOf({ name, version, document }: StartableBlueprint, hasOutput: boolean): string {
  const events = Object.entries(document.states).flatMap(([state, spec]) =>
    "event_transitions" in spec && spec.event_transitions
      ? [`\`${state}\`: ${Object.keys(spec.event_transitions as object).join(", ")}`]
      : [],
  );
  return [
    document.description ?? "",
    `Version ${version}, ${Object.keys(document.states).length} states.`,
    ...(hasOutput ? [`The result of a job that ended well is as the schema \`Output.${name}\` says.`] : []),
    ...(events.length > 0 ? [`Events of workers that are heard: ${events.join("; ")}.`] : []),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** A reference to a blueprint's own schema, which is put among the others; its references go along. */
function hoisted(name: string, schema: JsonObject | undefined, schemas: Json): Json | null {
  if (!schema) return null;
  const { $schema: _schema, $id: _id, ...rest } = schema;
  const place = `#/components/schemas/${name}`;
  schemas[name] = moved(rest, place);
  return { $ref: place };
}

function moved(value: unknown, place: string): unknown {
  if (Array.isArray(value)) return value.map((each) => moved(each, place));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === "$ref" && typeof inner === "string" && /^#(\/|$)/.test(inner)
        ? [key, `${place}${inner.slice(1)}`]
        : [key, moved(inner, place)],
    ),
  );
}
