import { describe, expect, it } from "vitest";
import type { JsonValue } from "@/lib/json";
import type { ExpressionError } from "@/server/engine/expression/expression-error";
import { compileTemplate, evaluateTemplate, expressionsOf } from "@/server/engine/expression/template";
import { sampleScope } from "./expression-scope";

const fill = (json: JsonValue) => evaluateTemplate(compileTemplate(json, { path: "params" }), sampleScope());

describe("a template", () => {
  it.each<[JsonValue, JsonValue]>([
    ["plain", "plain"],
    ["", ""],
    ["${initial_data.n}", 7],
    [" ${initial_data.n}", " 7"],
    ["${initial_data.deep}", { er: { flag: true } }],
    ["n = ${initial_data.n}, name = ${initial_data.name}", "n = 7, name = héllo"],
    ["${initial_data.kind}${initial_data.n}", "urgent7"],
    ["tags: ${initial_data.tags}", 'tags: ["a","b","c"]'],
    ["nothing: ${initial_data.nothing}.", "nothing: ."],
    ["flag ${initial_data.deep.er.flag}", "flag true"],
    ["$${initial_data.n}", "${initial_data.n}"],
    ["costs $5, ${initial_data.n}$", "costs $5, 7$"],
    ["a $${x} and ${initial_data.n}", "a ${x} and 7"],
    ["${'}'}", "}"],
    ["${\"a}b{\" + 'c'}", "a}b{c"],
    ["${{'a': {'b': initial_data.n}}}", { a: { b: 7 } }],
    ["${initial_data.numbers.map(x, {'v': x})}", [{ v: 1 }, { v: 2 }, { v: 3 }]],
    [
      { a: "${initial_data.n}", b: ["${initial_data.kind}", 1, null], c: { d: true } },
      { a: 7, b: ["urgent", 1, null], c: { d: true } },
    ],
    [{ "${initial_data.n}": 1 }, { "${initial_data.n}": 1 }],
    [5, 5],
    [null, null],
  ])("%j", (json, expected) => {
    expect(fill(json)).toEqual(expected);
  });

  it("keeps what needs no filling in", () => {
    const template = compileTemplate({ preset: { height: 1080 }, path: "${initial_data.kind}" });
    expect(template.kind).toBe("object");
    expect(compileTemplate({ preset: { height: 1080 } })).toEqual({
      kind: "literal",
      value: { preset: { height: 1080 } },
    });
    expect(expressionsOf(template).map((expression) => expression.text)).toEqual(["initial_data.kind"]);
  });

  it("names the key and the expression that fail", () => {
    const template = compileTemplate({ a: { b: ["x", "${initial_data.other}"] } }, { path: "params" });
    expect(() => evaluateTemplate(template, sampleScope())).toThrow(
      expect.objectContaining({
        path: "params.a.b[1]",
        expression: "initial_data.other",
        message: expect.stringMatching(/field not found/),
      }),
    );
  });

  it.each([
    ["${initial_data.n", /not closed/],
    ["${}", /empty/],
    ["${foo}", /Unknown name 'foo'/],
    ["a ${initial_data.n + } b", /cannot be read/],
    ["${'abc}", /quote is missing/],
  ])("%s is refused with its path", (text, message) => {
    expect(() => compileTemplate({ key: text }, { path: "values" })).toThrow(
      expect.objectContaining({ path: "values.key", message: expect.stringMatching(message) }),
    );
  });

  it("reports every fault when asked to", () => {
    const found: ExpressionError[] = [];
    compileTemplate(
      { a: "${foo}", b: ["${bar}", "${initial_data.n}"] },
      { path: "params", onProblem: (error) => found.push(error) },
    );
    expect(found.map((error) => error.path)).toEqual(["params.a", "params.b[0]"]);
  });

  it("bounds its parts together", () => {
    const scope = sampleScope({ state_history: { text: "a".repeat(1024 * 1024) } });
    const template = compileTemplate(Array(5).fill("${state_history.text}"));
    expect(() => evaluateTemplate(template, scope)).toThrow(/too large/);
  });
});
