import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/lib/json";
import { compileJsonSchema, SchemaError } from "@/server/engine/blueprint/json-schema-validator";

const order: JsonObject = {
  type: "object",
  required: ["path", "lines"],
  additionalProperties: false,
  properties: {
    path: { type: "string", minLength: 3 },
    kind: { enum: ["urgent", "normal"] },
    mail: { type: "string", format: "email" },
    code: { type: "string", pattern: "^[A-Z]{3}$" },
    lines: {
      type: "array",
      uniqueItems: true,
      items: { type: "object", required: ["price"], properties: { price: { type: "integer" } } },
    },
    fixed: { const: 1 },
  },
};

function messages(schema: JsonObject, data: unknown): string[] {
  const result = compileJsonSchema(schema).validate(data);
  return result.ok ? [] : result.problems.map((problem) => problem.message);
}

describe("a JSON Schema", () => {
  it("lets valid data pass", () => {
    expect(
      messages(order, { path: "a/b", lines: [{ price: 1 }], kind: "urgent", mail: "a@example.com", code: "ABC" }),
    ).toEqual([]);
  });

  it.each<[unknown, string[]]>([
    [{}, ["Missing required field: 'path'", "Missing required field: 'lines'"]],
    [{ path: "abc", lines: [], pth: 1 }, ["Unexpected field: 'pth'"]],
    [{ path: 5, lines: [] }, ["Field 'path': Expected string, got integer"]],
    [
      { path: null, lines: {} },
      ["Field 'path': Expected string, got null", "Field 'lines': Expected array, got object"],
    ],
    [
      { path: "abc", lines: [], kind: "x" },
      ["Field 'kind': Value 'x' is not allowed. Must be one of: [\"urgent\",\"normal\"]"],
    ],
    [{ path: "abc", lines: [], fixed: 2 }, ["Field 'fixed': Value 2 is not allowed. Must be 1"]],
    [{ path: "abc", lines: [{ price: 1 }, {}] }, ["Missing required field: 'lines[1].price'"]],
    [{ path: "abc", lines: [5] }, ["Field 'lines': Item at index 0: Expected object, got integer"]],
    [{ path: "abc", lines: [{ price: 1.5 }] }, ["Field 'lines[0].price': Expected integer, got number"]],
    [{ path: "abc", lines: [{ price: 1 }, { price: 1 }] }, ["Field 'lines': Items must differ"]],
    [{ path: "abc", lines: [], mail: "x" }, ["Field 'mail': Value 'x' is not a valid email"]],
    [{ path: "ab", lines: [] }, ["Field 'path': Value 'ab' must NOT have fewer than 3 characters"]],
    [[], ["Expected object, got array"]],
    [undefined, ["Expected object, got undefined"]],
  ])("says what is wrong with %j", (data, expected) => {
    expect(messages(order, data)).toEqual(expected);
    const result = compileJsonSchema(order).validate(data);
    for (const problem of result.ok ? [] : result.problems) expect(problem.fix).not.toBe("");
  });

  it("tells the field as a path", () => {
    expect(compileJsonSchema(order).validate({ path: "abc", lines: [{ price: "x" }] })).toMatchObject({
      problems: [{ field: "lines[0].price", fix: "Give an integer" }],
    });
  });

  it("takes draft-07 and 2020-12 by their $schema, and strange keywords", () => {
    const tuple = { items: [{ type: "string" }], "x-note": 1 };
    expect(messages({ $schema: "http://json-schema.org/draft-07/schema#", ...tuple }, [1])).toHaveLength(1);
    expect(
      messages({ $schema: "https://json-schema.org/draft/2020-12/schema", prefixItems: [{ type: "string" }] }, [1]),
    ).toHaveLength(1);
    expect(messages({ $defs: { a: { type: "string" } }, $ref: "#/$defs/a" }, 1)).toHaveLength(1);
  });

  it("keeps schemas with one $id apart", () => {
    expect(messages({ $id: "https://example.com/one", type: "string" }, 1)).toHaveLength(1);
    expect(messages({ $id: "https://example.com/one", type: "integer" }, 1)).toHaveLength(0);
  });

  it.each<[JsonObject, RegExp]>([
    [{ type: "strnig" }, /type/],
    [{ $ref: "https://example.com/schema.json" }, /can't resolve reference/],
    [{ properties: { a: { pattern: "(" } } }, /pattern|regexp/i],
    [{ properties: { a: { pattern: "(?=x)" } } }, /pattern|regexp/i],
    [{ required: "path" }, /required/],
    [{ $schema: "https://json-schema.org/draft/2020-12/schema", items: [{}] }, /items/],
  ])("refuses %j", (schema, message) => {
    expect(() => compileJsonSchema(schema)).toThrow(SchemaError);
    expect(() => compileJsonSchema(schema)).toThrow(message);
  });

  it("keeps the patterns of one schema apart", () => {
    const schema: JsonObject = { properties: { a: { pattern: "^a+$" }, b: { pattern: "^b+$" } } };
    expect(messages(schema, { a: "aa", b: "bb" })).toEqual([]);
    expect(messages(schema, { a: "bb", b: "aa" })).toHaveLength(2);
  });

  it("is not stuck by patterns and lists that are slow elsewhere", () => {
    const text = `${"a".repeat(100_000)}!`;
    expect(messages({ type: "string", pattern: "^(a+)+$" }, text)).toHaveLength(1);
    const items = Array.from({ length: 50_000 }, (_, index) => ({ index }));
    expect(messages({ type: "array", uniqueItems: true }, items)).toEqual([]);
    expect(messages({ type: "array", items: { type: "string" } }, items)).toHaveLength(1);
  });
});
