import fc from "fast-check";
import type { Json } from "@/server/http/openapi-schema";

export interface Generation {
  /** The document that references lead into. */
  document: Json;
  /** Values that mean something to the running system, by the name of the member or parameter; none: made up. */
  known(name: string): readonly unknown[];
}

const DEEPEST = 5;
const DATES = fc
  .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
  .map((at) => at.toISOString());

const FORMATS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "date-time": DATES,
  date: DATES.map((text) => text.slice(0, 10)),
  uri: fc.webUrl(),
  email: fc.integer({ min: 0, max: 99 }).map((no) => `person${no}@example.com`),
  uuid: fc.uuid(),
};

/** Values that a schema of the document lets through; most of those whose name means something are such values. */
export function valuesOf(schema: Json, generation: Generation, name = "", deep = 0): fc.Arbitrary<unknown> {
  const made = madeUp(schema, generation, name, deep);
  const known = schema.enum || schema.const !== undefined ? [] : generation.known(name);
  return known.length === 0 ? made : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, made);
}

function madeUp(schema: Json, generation: Generation, name: string, deep: number): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === "string")
    return valuesOf(targetOf(schema.$ref, generation.document), generation, name, deep + 1);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (choices) return fc.oneof(...choices.map((each) => valuesOf(each, generation, name, deep + 1)));
  if (Array.isArray(schema.allOf))
    return fc
      .tuple(...(schema.allOf as Json[]).map((each) => valuesOf(each, generation, name, deep + 1)))
      .map((parts) => Object.assign({}, ...parts));
  const types = (
    Array.isArray(schema.type) ? schema.type : [schema.type ?? (schema.properties ? "object" : "any")]
  ) as string[];
  return fc.oneof(...types.map((type) => ofType(type, schema, generation, deep)));
}

function ofType(type: string, schema: Json, generation: Generation, deep: number): fc.Arbitrary<unknown> {
  if (type === "object") return objects(schema, generation, deep);
  if (type === "array") return arrays(schema, generation, deep);
  if (type === "string") return texts(schema);
  if (type === "integer") return fc.integer(boundsOf(schema));
  if (type === "number") return numbers(schema);
  if (type === "boolean") return fc.boolean();
  if (type === "null") return fc.constant(null);
  return fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>;
}

function objects(schema: Json, generation: Generation, deep: number): fc.Arbitrary<unknown> {
  const required = new Set((schema.required as string[] | undefined) ?? []);
  const members = Object.entries((schema.properties as Record<string, Json> | undefined) ?? {}).filter(
    ([name]) => required.has(name) || deep < DEEPEST,
  );
  const record = fc.record(
    Object.fromEntries(members.map(([name, member]) => [name, valuesOf(member, generation, name, deep + 1)])),
    { requiredKeys: members.map(([name]) => name).filter((name) => required.has(name)) },
  );
  const { additionalProperties: more } = schema;
  if (typeof more !== "object" || more === null || deep >= DEEPEST) return record;
  const rest = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), valuesOf(more as Json, generation, "", deep + 1), {
    maxKeys: 3,
  });
  return fc.tuple(rest, record).map(([others, own]) => ({ ...others, ...own }));
}

function arrays(schema: Json, generation: Generation, deep: number): fc.Arbitrary<unknown> {
  const minLength = Number(schema.minItems ?? 0);
  const maxLength = Math.min(Number(schema.maxItems ?? 4), Math.max(4, minLength));
  if (deep >= DEEPEST && minLength === 0) return fc.constant([]);
  return fc.array(valuesOf((schema.items as Json | undefined) ?? {}, generation, "", deep + 1), {
    minLength,
    maxLength,
  });
}

function texts(schema: Json): fc.Arbitrary<string> {
  const format = FORMATS[String(schema.format)];
  if (format) return format;
  const minLength = Number(schema.minLength ?? 0);
  const maxLength = Math.min(Number(schema.maxLength ?? 60), Math.max(60, minLength));
  const fits = (text: string) => text.length >= minLength && text.length <= Number(schema.maxLength ?? text.length);
  if (typeof schema.pattern === "string")
    return matching(new RegExp(schema.pattern, "u"), minLength, maxLength).filter(fits);
  return fc.string({ unit: "grapheme", minLength, maxLength }).filter((text) => fits(text) && !text.includes("\u0000"));
}

/** Plain letters where the pattern takes them: a text that is made from the pattern alone may never get long enough. */
function matching(pattern: RegExp, minLength: number, maxLength: number): fc.Arbitrary<string> {
  if (minLength < 2 || !pattern.test("a".repeat(minLength))) return fc.stringMatching(pattern);
  return fc.string({ unit: fc.constantFrom(..."abcdefghijklmnop"), minLength, maxLength });
}

function numbers(schema: Json): fc.Arbitrary<number> {
  const { min, max } = boundsOf(schema);
  return fc.oneof(fc.integer({ min: Math.ceil(min), max: Math.floor(max) }), fc.double({ min, max, noNaN: true }));
}

function boundsOf(schema: Json): { min: number; max: number } {
  const above = typeof schema.exclusiveMinimum === "number" ? schema.exclusiveMinimum + 1 : undefined;
  const min = Math.max(Number(schema.minimum ?? above ?? -1000), -2_147_483_648);
  return { min, max: Math.min(Math.max(Number(schema.maximum ?? 100_000), min), 2_147_483_647) };
}

function targetOf(reference: string, document: Json): Json {
  let found: unknown = document;
  for (const part of reference.slice(2).split("/"))
    found = (found as Json | undefined)?.[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  return (found as Json | undefined) ?? {};
}
