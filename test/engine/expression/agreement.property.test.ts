import fc from "fast-check";
import { expect, it } from "vitest";
import type { JsonObject } from "@/lib/json";
import { compileExpression } from "@/server/engine/expression/compile-expression";
import { evaluateCondition } from "@/server/engine/expression/evaluate";
import { sampleScope } from "./expression-scope";

/** An expression as text, and what it means, said in JavaScript by itself. */
interface Pair<T> {
  text: string;
  mean: (data: JsonObject) => T;
}

const numbers: fc.Arbitrary<Pair<number>> = fc.oneof(
  fc.integer({ min: 0, max: 50 }).map((n) => ({ text: `${n}`, mean: () => n })),
  fc.integer({ min: 0, max: 50 }).map((n) => ({ text: `${n}.5`, mean: () => n + 0.5 })),
  fc
    .constantFrom("a", "b")
    .map((key) => ({ text: `initial_data.${key}`, mean: (data: JsonObject) => data[key] as number })),
  fc.constant({ text: "size(initial_data.list)", mean: (data: JsonObject) => (data.list as unknown[]).length }),
);

const strings: fc.Arbitrary<Pair<string>> = fc.oneof(
  fc.constantFrom("x", "it's", 'a"b', "\\", "é", "").map((text) => ({ text: JSON.stringify(text), mean: () => text })),
  fc.constant({ text: "initial_data.s", mean: (data: JsonObject) => data.s as string }),
);

const { condition } = fc.letrec<{ sum: Pair<number>; comparison: Pair<boolean>; condition: Pair<boolean> }>((tie) => ({
  sum: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    numbers,
    fc.tuple(tie("sum"), fc.constantFrom("+", "-", "*"), tie("sum")).map(([left, operator, right]) => ({
      text: `(${left.text} ${operator} ${right.text})`,
      mean: (data: JsonObject) => {
        const [a, b] = [left.mean(data), right.mean(data)];
        return operator === "+" ? a + b : operator === "-" ? a - b : a * b;
      },
    })),
    fc.tuple(tie("comparison"), tie("sum"), tie("sum")).map(([test, yes, no]) => ({
      text: `(${test.text} ? ${yes.text} : ${no.text})`,
      mean: (data: JsonObject) => (test.mean(data) ? yes.mean(data) : no.mean(data)),
    })),
  ),
  comparison: fc.oneof(
    fc
      .tuple(tie("sum"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="), tie("sum"))
      .map(([left, operator, right]) => ({
        text: `${left.text} ${operator} ${right.text}`,
        mean: (data: JsonObject) => compare(left.mean(data), operator, right.mean(data)),
      })),
    fc.tuple(strings, fc.constantFrom("==", "!=", "contains"), strings).map(([left, operator, right]) => ({
      text: operator === "contains" ? `${left.text}.contains(${right.text})` : `${left.text} ${operator} ${right.text}`,
      mean: (data: JsonObject) => {
        const [a, b] = [left.mean(data), right.mean(data)];
        return operator === "contains" ? a.includes(b) : (a === b) === (operator === "==");
      },
    })),
    numbers.map((element) => ({
      text: `${element.text} in initial_data.list`,
      mean: (data: JsonObject) => (data.list as number[]).includes(element.mean(data)),
    })),
  ),
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("comparison"),
    tie("condition").map((inner) => ({ text: `!(${inner.text})`, mean: (data: JsonObject) => !inner.mean(data) })),
    fc.tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition")).map(([left, operator, right]) => ({
      text: `(${left.text} ${operator} ${right.text})`,
      mean: (data: JsonObject) =>
        operator === "&&" ? left.mean(data) && right.mean(data) : left.mean(data) || right.mean(data),
    })),
  ),
}));

function compare(left: number, operator: string, right: number): boolean {
  if (operator === "<") return left < right;
  if (operator === "<=") return left <= right;
  if (operator === ">") return left > right;
  if (operator === ">=") return left >= right;
  return (left === right) === (operator === "==");
}

const data = fc.record({
  a: fc.integer({ min: -100, max: 100 }),
  b: fc.double({ min: -100, max: 100, noNaN: true }),
  s: fc.constantFrom("x", "it's", "", "xé"),
  list: fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(1.5)), { maxLength: 5 }),
});

it("agrees with JavaScript on random conditions", () => {
  let compiled = 0;
  fc.assert(
    fc.property(condition, data, (pair, given) => {
      if (pair.text.length > 1000 || depthOf(pair.text) > 32) return;
      compiled++;
      const { result, error } = evaluateCondition(
        compileExpression(pair.text, { mode: "condition" }),
        sampleScope({ initial_data: given }),
      );
      expect({ text: pair.text, result, error }).toEqual({
        text: pair.text,
        result: pair.mean(given),
        error: undefined,
      });
    }),
    { numRuns: 600 },
  );
  expect(compiled).toBeGreaterThan(300);
});

function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  for (const char of text) {
    if (char === "(") most = Math.max(most, ++depth);
    if (char === ")") depth--;
  }
  return most;
}
