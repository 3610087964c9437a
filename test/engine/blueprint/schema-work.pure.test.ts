import { expect, test } from "vitest";
import type { JsonObject } from "@/lib/json";
import { compileJsonSchema, SchemaError } from "@/server/engine/blueprint/json-schema-validator";

const LEVELS = 40;

/** Every level looks at the same value twice: 2^40 looks, by whichever word they are combined. */
function bomb(word: "allOf" | "anyOf" | "oneOf", leaf: JsonObject): JsonObject {
  const defs: JsonObject = { a0: leaf };
  for (let n = 1; n <= LEVELS; n++)
    defs[`a${n}`] = { [word]: [{ $ref: `#/$defs/a${n - 1}` }, { $ref: `#/$defs/a${n - 1}` }] };
  return { $defs: defs, $ref: `#/$defs/a${LEVELS}` };
}

test.each([
  ["allOf", { type: "object" }],
  ["anyOf", { type: "string" }],
  ["oneOf", { type: "object" }],
] as const)("%s of references that double at every level ends, and is no match", (word, leaf) => {
  const checked = compileJsonSchema(bomb(word, leaf)).validate({});
  expect(checked.ok).toBe(false);
  if (!checked.ok) expect(checked.problems[0]?.message).toContain("too much work");
});

test("doubling along the depth of the data ends as well", () => {
  const schema = {
    $defs: { node: { properties: { next: { allOf: [{ $ref: "#/$defs/node" }, { $ref: "#/$defs/node" }] } } } },
    $ref: "#/$defs/node",
  };
  let data: JsonObject = {};
  for (let depth = 0; depth < 60; depth++) data = { next: data };
  expect(compileJsonSchema(schema).validate(data).ok).toBe(false);
});

test("references that follow the data are as cheap as they were", () => {
  const schema = {
    $defs: {
      tree: {
        type: "object",
        properties: { value: { type: "number" }, leaves: { type: "array", items: { $ref: "#/$defs/tree" } } },
      },
    },
    $ref: "#/$defs/tree",
  };
  const leaves = Array.from({ length: 20_000 }, (_, value) => ({ value, leaves: [] }));
  const validator = compileJsonSchema(schema);
  expect(validator.validate({ leaves }).ok).toBe(true);
  expect(validator.validate({ leaves: [{ value: "no" }] }).ok).toBe(false);
});

test("a constant that looks like a reference stays the constant that it is", () => {
  const validator = compileJsonSchema({ const: { $ref: "#/x" } });
  expect(validator.validate({ $ref: "#/x" }).ok).toBe(true);
  expect(validator.validate({ $ref: "#/x", "x-batuta-step": true }).ok).toBe(false);
});

test("schemas with names of their own do not hear of each other", () => {
  const of = (type: string) => ({ $id: "https://example.com/one", $defs: { a: { $anchor: "a", type } }, $ref: "#a" });
  expect(compileJsonSchema(of("string")).validate("x").ok).toBe(true);
  expect(compileJsonSchema(of("number")).validate("x").ok).toBe(false);
  const bare = (type: string) => ({ $defs: { a: { type } }, $ref: "#/$defs/a" });
  expect(compileJsonSchema(bare("string")).validate("x").ok).toBe(true);
  expect(compileJsonSchema(bare("number")).validate("x").ok).toBe(false);
});

test("a schema that nests without end is refused as one", () => {
  let schema: JsonObject = {};
  for (let depth = 0; depth < 20_000; depth++) schema = { not: schema };
  expect(() => compileJsonSchema(schema)).toThrow(SchemaError);
});
