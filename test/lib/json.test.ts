import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonProblem, safeParseJson } from "@/lib/json";

describe("safeParseJson", () => {
  it("gives what JSON.parse gives", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4, noUnicodeString: false }), (text) => {
        const parsed = safeParseJson(text);
        if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text));
        else expect(parsed.problem.message).toMatch(/key|NUL|Unicode/);
      }),
    );
  });

  it.each([
    ["{", "", /Not valid JSON/],
    ["", "", /Not valid JSON/],
    ['{"a":{"__proto__":{"x":1}}}', "a.__proto__", /not allowed/],
    ['[{"constructor":1}]', "[0].constructor", /not allowed/],
    ['{"a":{"prototype":1}}', "a.prototype", /not allowed/],
    ['{"a":["x","\\u0000"]}', "a[1]", /NUL/],
    ['{"a\\u0000":1}', "", /NUL/],
    ['{"a":"\\ud83d"}', "a", /Unicode/],
    ['{"a":-1e999}', "a", /out of range/],
  ])("refuses %s at %j", (text, path, message) => {
    const parsed = safeParseJson(text);
    expect(parsed).toMatchObject({ ok: false, problem: { path, message: expect.stringMatching(message) } });
  });

  it("counts the depth of objects and lists", () => {
    expect(safeParseJson("[[1]]", { maxDepth: 2 }).ok).toBe(true);
    expect(safeParseJson("[[[1]]]", { maxDepth: 2 })).toMatchObject({ ok: false, problem: { path: "[0][0]" } });
    expect(safeParseJson("[".repeat(100_000) + "]".repeat(100_000)).ok).toBe(false);
    expect(safeParseJson('{"a":{"b":{}}}', { maxDepth: 3 }).ok).toBe(true);
  });
});

describe("findJsonProblem", () => {
  it.each([
    [undefined, "undefined"],
    [() => 1, "function"],
    [10n, "bigint"],
    [Symbol("x"), "symbol"],
    [new Date(), "Date"],
    [new Map(), "Map"],
    [Number.NaN, "range"],
  ])("finds %s within data", (value, word) => {
    expect(findJsonProblem({ a: [value] })).toMatchObject({ path: "a[0]", message: expect.stringContaining(word) });
  });

  it("ends at a cycle", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(findJsonProblem(cycle)).toMatchObject({ message: "Nested too deeply" });
  });
});
