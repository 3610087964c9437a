import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "@/lib/json";
import { compileExpression } from "@/server/engine/expression/compile-expression";
import { evaluateValue } from "@/server/engine/expression/evaluate";
import { ExpressionError } from "@/server/engine/expression/expression-error";
import type { ExpressionScope } from "@/server/engine/expression/scope";
import { sampleScope } from "./expression-scope";

const evaluate = (text: string, scope: ExpressionScope = sampleScope()) =>
  evaluateValue(compileExpression(text, { mode: "value" }), scope);

function failure(text: string, scope?: ExpressionScope): ExpressionError {
  try {
    evaluate(text, scope);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`did not fail: ${text}`);
}

describe("a value", () => {
  it.each<[string, JsonValue]>([
    ["1", 1],
    ["1.0", 1],
    ["-initial_data.n", -7],
    ["initial_data.n + 1", 8],
    ["initial_data.n + 0.5", 7.5],
    ["0.5 + initial_data.n", 7.5],
    ["initial_data.n * 1.5", 10.5],
    ["initial_data.half - 1", 0.5],
    ["initial_data.n / 2", 3],
    ["initial_data.n / 2.0", 3.5],
    ["initial_data.half % 1", 0.5],
    ["size(initial_data.tags)", 3],
    ["size(initial_data.name)", 5],
    ["initial_data.n == 5", false],
    ["initial_data.kind", "urgent"],
    ["initial_data.nothing", null],
    ["initial_data.n > 5 ? 'many' : 'few'", "many"],
    ["{'a': 1, 'b': [1, 2.5, 'x', null, true]}", { a: 1, b: [1, 2.5, "x", null, true] }],
    ["{'a': initial_data.deep}", { a: { er: { flag: true } } }],
    ["{}", {}],
    ["[]", []],
    ["[1, 2] + initial_data.numbers", [1, 2, 1, 2, 3]],
    ["{'a': {'b': 1}}.a", { b: 1 }],
    ["'a' + string(initial_data.n)", "a7"],
    ["int('12') + 1", 13],
    ["double('1.5')", 1.5],
    ["initial_data.tags", ["a", "b", "c"]],
    ["initial_data.deep", { er: { flag: true } }],
    ["now", "2026-01-01T00:00:00.000Z"],
    ["now + duration('1h')", "2026-01-01T01:00:00.000Z"],
    ["duration('90m')", "5400s"],
    ["state_history.items.map(r, r.score)", [1, 5]],
    ["state_history.items.filter(r, r.score > 2)", [{ score: 5 }]],
    ["state_history.items.map(r, r.score > 2, r.score * 2)", [10]],
    ["state_history.items.filter(r, r.score > 2).map(r, {'s': r.score + 1})", [{ s: 6 }]],
    ["aggregation_list.filter(r, r.status == 'success').map(r, r.data.score)", [0.25]],
    ["[1, 2].map(x, x + initial_data.n)", [8, 9]],
    ["initial_data.deep.map(k, k)", ["er"]],
    ["[].map(x, x)", []],
    ["initial_data.numbers.map(index, index)", [1, 2, 3]],
  ])("%s", (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  it("has item and index in the task of a fan-out", () => {
    const scope = sampleScope({ item: { id: 4 }, index: 2 });
    expect(evaluate("index + 1", scope)).toBe(3);
    expect(evaluate("item.id", scope)).toBe(4);
    expect(evaluate("item", scope)).toEqual({ id: 4 });
  });

  it.each([
    ["initial_data.other", /field not found: other/],
    ["initial_data.deep.other.more", /field not found/],
    ["initial_data.tags[7]", /out of bounds/],
    ["item", /unresolved/],
    ["1 / 0", /divide by zero/],
    ["1.0 / 0.0", /not a finite number/],
    ["initial_data.kind + 1", /overload/],
    ["double('abc')", /not a number/],
    ["int('1.5')", /not a whole number/],
    ["int('')", /not a whole number/],
    ["timestamp('yesterday')", /timestamp/],
    ["state_history.items.map(r, r.other)", /field not found/],
    ["initial_data.kind.map(r, r)", /type mismatch/],
    ["{initial_data.kind: 1, 'urgent': 2}", /conflict/],
    ["9223372036854775807 + 1", /overflow/],
  ])("%s is an error, and never an error as a value", (text, message) => {
    const error = failure(text);
    expect(error.message).toMatch(message);
    expect(error.expression).toBe(text);
  });

  it("is given back without a copy when it comes from the scope as it is", () => {
    const scope = sampleScope();
    expect(evaluate("initial_data.deep", scope)).toBe(scope.initial_data.deep);
    expect(evaluate("state_history.items[0]", scope)).toBe((scope.state_history.items as JsonValue[])[0]);
  });

  it("keeps numbers at the borders of int and double", () => {
    const edge = Number.MAX_SAFE_INTEGER;
    const scope = sampleScope({ initial_data: { edge, over: 2 ** 53, tiny: 5e-324, huge: 1e300 } });
    expect(evaluate("initial_data.edge", scope)).toBe(edge);
    expect(evaluate("initial_data.edge - 1", scope)).toBe(edge - 1);
    expect(evaluate("initial_data.over + 1", scope)).toBe(2 ** 53 + 1);
    expect(evaluate("initial_data.tiny", scope)).toBe(5e-324);
    expect(evaluate("initial_data.huge * 10", scope)).toBe(1e301);
  });

  it("gives back any JSON as it was", () => {
    // JSON.stringify writes -0 as 0: a stored value never holds it.
    const storedJson = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
    const expression = compileExpression("initial_data.value", { mode: "value" });
    const wrapped = compileExpression("[initial_data.value].map(x, {'x': x})[0].x", { mode: "value" });
    fc.assert(
      fc.property(storedJson, (value) => {
        const scope = sampleScope({ initial_data: { value } });
        expect(evaluateValue(expression, scope)).toEqual(value);
        expect(evaluateValue(wrapped, scope)).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("adds, compares and orders numbers as JavaScript does, whatever their types", () => {
    const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }));
    const sum = compileExpression("initial_data.a + initial_data.b", { mode: "value" });
    const less = compileExpression("initial_data.a < initial_data.b", { mode: "value" });
    const equal = compileExpression("initial_data.a == initial_data.b", { mode: "value" });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const scope = sampleScope({ initial_data: { a, b } });
        expect(evaluateValue(sum, scope)).toBeCloseTo(a + b, 5);
        expect(evaluateValue(less, scope)).toBe(a < b);
        expect(evaluateValue(equal, scope)).toBe(a === b);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a value over much data", () => {
  const list = (length: number) => Array.from({ length }, (_, index) => index);

  it("walks 1,000 elements, and refuses more with the numbers", () => {
    const scope = (length: number) => sampleScope({ state_history: { list: list(length) } });
    expect(evaluate("state_history.list.map(x, x * 2)", scope(1000))).toHaveLength(1000);
    expect(failure("state_history.list.map(x, x)", scope(1001)).message).toMatch(
      /1000 elements at most, here are 1001/,
    );
    expect(failure("state_history.list.filter(x, true)", scope(200_000)).message).toMatch(/1000 elements at most/);
  });

  it.each([
    ["a search in a long list for each element", "state_history.some.map(x, x in state_history.long)"],
    [
      "a comparison of long lists for each element",
      "state_history.some.map(x, state_history.long == state_history.copy)",
    ],
    ["a long text for each element", "state_history.some.map(x, state_history.text.contains('b'))"],
    ["the keys of a large object for each element", "state_history.some.map(x, size(state_history.wide))"],
  ])("ends %s", (_name, text) => {
    const scope = sampleScope({
      state_history: {
        some: list(1000),
        long: list(50_000).map((n) => n + 10_000),
        copy: list(50_000).map((n) => n + 10_000),
        text: "a".repeat(10 * 1024 * 1024),
        wide: Object.fromEntries(list(50_000).map((n) => [`k${n}`, n])),
      },
    });
    expect(failure(text, scope).message).toMatch(/reads too much data/);
  });

  it("refuses results that would be too large", () => {
    const text = "a".repeat(1024 * 1024);
    const scope = sampleScope({ state_history: { text, some: list(1000), big: { text } } });
    expect(evaluate("state_history.text", scope)).toBe(text);
    expect(failure("state_history.some.map(x, state_history.text)", scope).message).toMatch(/too large|too much data/);
    expect(failure("state_history.some.map(x, state_history.big)", scope).message).toMatch(/too large/);
    const sum = Array(8).fill("state_history.text").join(" + ");
    expect(failure(sum, scope).message).toMatch(/too large/);
  });
});
