import type { Json } from "./openapi-schema";

/** What a text of this name looks like; taken only where the schema lets it through. */
const TEXTS: Readonly<Record<string, string>> = {
  name: "order",
  blueprint: "order",
  blueprint_name: "order",
  description: "An order that a person signs off",
  api_endpoint: "/api/v1/jobs/order",
  state: "sign_off",
  current_state: "sign_off",
  task_type: "send_parcel",
  type: "send_parcel",
  task_id: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b.1.1",
  approval_id: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b.1",
  worker: "packer-1",
  worker_id: "packer-1",
  email: "ana@example.com",
  comment: "Two boxes are enough",
  reason: "The customer called",
  message: "Send 12 boxes to acme?",
  error: "Job not found",
  hash: "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
  sha256: "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
  webhook_url: "https://shop.example.com/hooks/orders",
  client_name: "shop",
  version: "1.0.0",
  decision: "approved",
  file_id: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b",
  filename: "invoice.pdf",
  access_token: "q3l1nAqR0k5cGm0Vb2x4TjY5d1dPZ0hYc2tQeUZ1aEE",
  refresh_token: "W3JfT2pLd0R5eXo2Z0h0bVJrTjhzUXZhYmNkZWZnaGk",
};

const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T09:30:00.123Z",
  date: "2026-01-31",
  time: "09:30:00Z",
  uri: "https://shop.example.com/orders/17",
  email: "ana@example.com",
  uuid: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b",
};

const PATTERNS = ["019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b", "order", "user:ana@example.com", "1", "a"];
const DEEPEST = 6;

/**
 * A value that the schema lets through, made from its own examples, defaults and first choices. `all` false leaves out what
 * need not be there; `name` is that of the member it is for. Recursive shapes end where they may.
 */
export function exampleOf(schema: Json, components: Json, { all = true, name = "" } = {}): unknown {
  return value(schema, { components, all, deep: 0, name });
}

interface Place {
  components: Json;
  all: boolean;
  deep: number;
  /** Of the member whose value this is. */
  name: string;
}

function value(schema: Json, place: Place): unknown {
  if (typeof schema.$ref === "string") return value(targetOf(schema.$ref, place.components), deeper(place, place.name));
  for (const given of [schema.example, (schema.examples as unknown[] | undefined)?.[0], schema.const, schema.default])
    if (given !== undefined) return given;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (choices) return ofChoices(choices, place);
  if (Array.isArray(schema.allOf))
    return Object.assign({}, ...(schema.allOf as Json[]).map((each) => value(each, place)), objectOf(schema, place));
  return ofType(typeOf(schema), schema, place);
}

function ofChoices(choices: readonly Json[], place: Place): unknown {
  const real = choices.filter((each) => each.type !== "null");
  if (place.deep >= DEEPEST && real.length < choices.length) return null;
  const chosen = real[0];
  return chosen ? value(chosen, place) : null;
}

function typeOf(schema: Json): unknown {
  if (Array.isArray(schema.type)) return schema.type.find((each) => each !== "null") ?? "null";
  return schema.type ?? (schema.properties ? "object" : undefined);
}

function ofType(type: unknown, schema: Json, place: Place): unknown {
  if (type === "object") return objectOf(schema, place);
  if (type === "array") return arrayOf(schema, place);
  if (type === "string") return textOf(schema, place.name);
  if (type === "integer" || type === "number") return numberOf(schema);
  if (type === "boolean") return true;
  return type === "null" ? null : {};
}

function objectOf(schema: Json, place: Place): Json {
  const required = new Set((schema.required as string[] | undefined) ?? []);
  const members = Object.entries((schema.properties as Record<string, Json> | undefined) ?? {});
  const wanted = members.filter(([name]) => required.has(name) || (place.all && place.deep < DEEPEST));
  return Object.fromEntries(wanted.map(([name, member]) => [name, value(member, deeper(place, name))]));
}

function arrayOf(schema: Json, place: Place): unknown[] {
  const least = typeof schema.minItems === "number" ? schema.minItems : 0;
  const items = schema.items as Json | undefined;
  if (!items || (place.deep >= DEEPEST && least === 0)) return [];
  return Array.from({ length: Math.max(1, least) }, () => value(items, deeper(place, place.name.replace(/s$/, ""))));
}

function textOf(schema: Json, name: string): string {
  const format = FORMATS[String(schema.format)];
  if (format !== undefined) return format;
  const fits = (text: string) =>
    text.length >= Number(schema.minLength ?? 0) &&
    text.length <= Number(schema.maxLength ?? Number.POSITIVE_INFINITY) &&
    (typeof schema.pattern !== "string" || new RegExp(schema.pattern, "u").test(text));
  const tried = [...(Object.hasOwn(TEXTS, name) ? [TEXTS[name] as string] : []), "text", ...PATTERNS];
  return tried.find(fits) ?? "x".repeat(Math.min(Number(schema.minLength ?? 1), 1000));
}

function numberOf(schema: Json): number {
  const least = typeof schema.minimum === "number" ? schema.minimum : 0;
  const above = typeof schema.exclusiveMinimum === "number" ? schema.exclusiveMinimum + 1 : least;
  const step = typeof schema.multipleOf === "number" ? schema.multipleOf : 1;
  const wanted = Math.ceil(Math.max(1, least, above) / step) * step;
  return typeof schema.maximum === "number" ? Math.min(wanted, schema.maximum) : wanted;
}

function deeper(place: Place, name: string): Place {
  return { ...place, deep: place.deep + 1, name };
}

/** What a reference into the document points at. */
function targetOf(reference: string, components: Json): Json {
  const path = reference.replace(/^#\/components\/schemas\//, "").split("/");
  let found: unknown = components;
  for (const part of path) found = (found as Json | undefined)?.[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  return (found as Json | undefined) ?? {};
}
