import { describe, expect, it } from "vitest";
import { BlueprintSourceError, readBlueprintSource } from "@/server/engine/blueprint/source";
import { parseBlueprint } from "@/server/engine/blueprint/validate";

function refused(text: string, contentType = "application/yaml"): BlueprintSourceError {
  try {
    readBlueprintSource(text, contentType);
  } catch (error) {
    if (error instanceof BlueprintSourceError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

const yaml = `
name: hello
states:
  go:
    type: task
    start: true
    task_type: echo
    params: { text: "\${initial_data.text}", on: yes }
    transitions: { success: done, failure: failed }
  done: { type: end, outcome: success }
  failed: { type: end, outcome: failure }
`;

describe("reading a blueprint", () => {
  it("takes YAML and JSON alike", () => {
    const value = readBlueprintSource(yaml, "application/yaml");
    expect(parseBlueprint(value, { allowHandlers: false })).toMatchObject({ ok: true, document: { name: "hello" } });
    expect(readBlueprintSource(JSON.stringify(value), "application/json; charset=utf-8")).toEqual(value);
  });

  it("takes words such as yes, no and dates as texts", () => {
    expect(readBlueprintSource("a: yes\nb: 2026-01-01\nc: 0o17\nd: null", "text/x-yaml")).toEqual({
      a: "yes",
      b: "2026-01-01",
      c: 15,
      d: null,
    });
  });

  it("lets small aliases be", () => {
    expect(readBlueprintSource("a: &x { n: 1 }\nb: *x", "application/yaml")).toEqual({ a: { n: 1 }, b: { n: 1 } });
  });

  it.each([
    ["a: [1, 2", 1, /line 1/],
    ["a: 1\n b: 2", 1, /line 1/],
    ["a: 1\nb: {c: 1, c: 2}", 2, /stands twice/],
    ["a: 1\nb: 2\na: 3", 3, /stands twice/],
    ['a: "x', 1, /line 1/],
    ["a: !!binary aGVsbG8=", 1, /tag/],
    ["a: !custom x", 1, /tag/],
    ["? [a, b]\n: 1", 1, /key must be a text/],
  ])("refuses YAML %j with its place", (text, line, message) => {
    const error = refused(text);
    expect(error.message).toMatch(message);
    expect(error.place?.line).toBe(line);
    expect(error.place?.column).toBeGreaterThan(0);
    expect(error.fix).not.toBe("");
  });

  it.each([
    ['{"a": 1,\n "b": }', /Not valid JSON/],
    ["{", /Not valid JSON/],
    ['{"a": 1, "b": {"c": 1, "\\u0063": 2}}', /stands twice/],
    ['{"a": {"__proto__": 1}}', /'__proto__' is not allowed at 'a.__proto__'/],
    ['{"a": "x\\u0000"}', /NUL character.* at 'a'/],
    ['{"a": 1e999}', /out of range at 'a'/],
    ['{"a": "\\ud800"}', /Unicode.* at 'a'/],
    ["", /empty/],
  ])("refuses JSON %j", (text, message) => {
    expect(refused(text, "application/json").message).toMatch(message);
  });

  it("tells the place of a fault in JSON", () => {
    expect(refused('{"a": 1,\n "a": 2}', "application/json").place).toEqual({ line: 2, column: 2 });
  });

  it.each(["__proto__: {a: 1}", "a: {constructor: 1}", 'a: "x\\0"'])("refuses hostile YAML %j", (text) => {
    expect(refused(text).message).toMatch(/not allowed|NUL/);
  });

  it("refuses bombs of aliases", () => {
    const bomb = [
      "a0: &a0 [x, x, x, x, x, x, x, x, x]",
      ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`),
    ];
    expect(refused(bomb.join("\n")).message).toMatch(/alias/i);
  });

  it.each([
    ["brackets", `a: ${"[".repeat(2000)}${"]".repeat(2000)}`],
    ["many brackets", `a: ${"[".repeat(100_000)}`],
    ["dashes", `${"- ".repeat(3000)}x`],
    ["many dashes", `${"- ".repeat(50_000)}x`],
    ["braces", `${"{a: ".repeat(2000)}1${"}".repeat(2000)}`],
    ["65 levels", `${"[".repeat(66)}${"]".repeat(66)}`],
  ])("refuses nesting by %s", (_name, text) => {
    expect(refused(text).message).toMatch(/deep|Not valid YAML|Not usable YAML/);
  });

  it("refuses YAML that would take long to read", () => {
    expect(refused(`a: ${"x".repeat(300_000)}`)).toMatchObject({ fix: "Send it as JSON" });
  });

  it("refuses nesting in JSON", () => {
    expect(refused("[".repeat(500_000) + "]".repeat(500_000), "application/json").message).toMatch(/deep/);
  });

  it("reads wide documents in one pass over their keys", () => {
    const wide = Array.from({ length: 15_000 }, (_, i) => `k${i}: ${i}`).join("\n");
    expect(Object.keys(readBlueprintSource(wide, "application/yaml") as object)).toHaveLength(15_000);
  });
});
