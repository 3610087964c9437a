import { describe, expect, it } from "vitest";
import { compileExpression } from "@/server/engine/expression/compile-expression";
import { evaluateCondition } from "@/server/engine/expression/evaluate";
import type { ExpressionScope } from "@/server/engine/expression/scope";
import { sampleScope } from "./expression-scope";

const evaluate = (text: string, scope: ExpressionScope = sampleScope()) =>
  evaluateCondition(compileExpression(text, { mode: "condition" }), scope);

describe("a condition", () => {
  it.each([
    ["initial_data.kind == 'urgent'", true],
    ["initial_data.kind != 'urgent'", false],
    ['initial_data["kind"] == "urgent"', true],
    ["initial_data.n > 5 && initial_data.n <= 7", true],
    ["initial_data.n == 7.0", true],
    ["initial_data.n > 6.5", true],
    ["initial_data.half + initial_data.n == 8.5", true],
    ["initial_data.n / 2 == 3", true],
    ["initial_data.n / 2.0 == 3.5", true],
    ["initial_data.n % 2 == 1", true],
    ["size(initial_data.tags) == 3", true],
    ["initial_data.name.size() == 5", true],
    ["'b' in initial_data.tags", true],
    ["2 in initial_data.numbers", true],
    ["2.0 in initial_data.numbers", true],
    ["'kind' in initial_data", true],
    ["initial_data.tags[0] == 'a'", true],
    ["initial_data.deep.er.flag", true],
    ["!initial_data.deep.er.flag", false],
    ["initial_data.name.startsWith('hé') && initial_data.name.endsWith('lo')", true],
    ["initial_data.name.contains('ll')", true],
    ["has(initial_data.kind) && !has(initial_data.other)", true],
    ["has(initial_data.other) && initial_data.other > 1", false],
    ["initial_data.other == 1 || initial_data.n == 7", true],
    ["initial_data.nothing == null", true],
    ["initial_data.numbers == [1, 2, 3]", true],
    ["initial_data.deep == {'er': {'flag': true}}", true],
    ["initial_data.n == '7'", false],
    ["now > timestamp('2025-12-31T23:59:59Z')", true],
    ["now - timestamp('2025-12-31T00:00:00Z') == duration('24h')", true],
    ["client.plan == 'gold'", true],
    ["aggregation_list[1].error.code == 'PERMANENT_ERROR'", true],
    ["true", true],
  ])("%s is %s", (text, expected) => {
    expect(evaluate(text)).toMatchObject({ result: expected });
    expect(evaluate(text).error).toBeUndefined();
  });

  it.each([
    "initial_data.other == 1",
    "initial_data.other.field > 1",
    "initial_data.nothing > 1",
    "initial_data.nothing.field == 1",
    "initial_data.tags[9] == 'a'",
    "aggregation_results.x == 1",
    "item == 1",
    "!initial_data.other",
    "initial_data.nothing",
  ])("%s reads something missing or null, and is false without an error", (text) => {
    const { result, error } = evaluate(text);
    expect({ result, error }).toEqual({ result: false, error: undefined });
  });

  it.each([
    ["initial_data.kind > 5", /overload/],
    ["1 / (initial_data.n - 7) == 1", /divide by zero/],
    ["initial_data", /neither true nor false/],
    ["int(initial_data.kind) == 1", /not a whole number/],
  ])("%s is false, and the error is recorded", (text, error) => {
    expect(evaluate(text)).toMatchObject({ result: false, error: expect.stringMatching(error) });
  });

  it("tells what it read, for the edge of the graph", () => {
    const scope = sampleScope({ initial_data: { text: "x".repeat(500), list: [1, 2], one: { a: 1 }, n: 1, key: "a" } });
    const condition =
      "initial_data.text == 'y' || size(initial_data.list) > 5 || initial_data.one[initial_data.key] == 2 || initial_data.gone == 1 || now < timestamp('2020-01-01T00:00:00Z') || initial_data.one == {}";
    expect(evaluate(condition, scope).values).toEqual({
      "initial_data.text": `${"x".repeat(119)}…`,
      "initial_data.list": "[2 items]",
      "initial_data.one[initial_data.key]": 1,
      "initial_data.gone": null,
      now: "2026-01-01T00:00:00.000Z",
      "initial_data.one": "{1 key}",
    });
  });

  it.each([
    ["context.initial_data.kind == 'urgent'", true],
    ["context.initial_data.kind == urgent", true],
    ["context.initial_data.kind == other", false],
    ["context.initial_data.n >= 7", true],
    ["context.state_history.score == 3", true],
    ["context.job_id == '0190-job'", true],
    ["context.initial_data.deep.er.flag == true", true],
  ])("maps the older form %s", (text, expected) => {
    expect(evaluate(text).result).toBe(expected);
  });

  it("does not read what is inherited", () => {
    expect(evaluate("has(initial_data.toString)").result).toBe(false);
    expect(evaluate("'toString' in initial_data").result).toBe(false);
    expect(evaluate("initial_data['constructor'] == 1")).toEqual({
      result: false,
      values: { 'initial_data["constructor"]': null },
    });
    expect(evaluate("initial_data['__proto__']['polluted'] == 1").result).toBe(false);
  });

  it("gives the same plan for the same text", () => {
    expect(compileExpression("initial_data.n > 1", { mode: "condition" })).toBe(
      compileExpression("initial_data.n > 1", { mode: "condition" }),
    );
  });
});
