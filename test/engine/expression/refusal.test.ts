import { describe, expect, it } from "vitest";
import { compileExpression, type ExpressionMode } from "@/server/engine/expression/compile-expression";
import { ExpressionError } from "@/server/engine/expression/expression-error";

function refused(text: string, mode: ExpressionMode = "condition"): ExpressionError {
  try {
    compileExpression(text, { mode });
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`was not refused: ${text}`);
}

describe("an expression that is refused", () => {
  it.each([
    ["", /empty/, undefined],
    ["   ", /empty/, undefined],
    ["initial_data.kind = 'x'", /Compare with ==/, 18],
    ["initial_data.kind === 'x'", /== or !=/, undefined],
    ["initial_data.a == 1 and initial_data.b == 2", /&& for and/, undefined],
    ["initial_data.kind ==", /value must follow/, undefined],
    ["initial_data.kind == 'x", /quote is missing/, 21],
    ["(initial_data.n", /'\(' is not closed/, 0],
    ["initial_data.n)", /closes nothing/, 14],
    ["kind == 'urgent'", /Unknown name 'kind'/, 0],
    ["initial_data.kind == urgent", /A text needs quotes: 'urgent'/, 21],
    ["process.env", /Unknown name 'process'/, 0],
    ["int", /Unknown name 'int'/, undefined],
    ["initial_data.kind.matches('a+')", /'matches' is not allowed/, 17],
    ["matches(initial_data.kind, 'a+')", /'matches' is not allowed/, undefined],
    ["initial_data.tags.map(x, x)", /'map' is not allowed in a condition/, 17],
    ["initial_data.tags.filter(x, true)", /'filter' is not allowed in a condition/, undefined],
    ["initial_data.tags.exists(x, x == 1)", /'exists' is not allowed/, undefined],
    ["initial_data.tags.all(x, x == 1)", /'all' is not allowed/, undefined],
    ["type(initial_data)", /'type' is not allowed/, undefined],
    ["google.protobuf.Struct{}", /Messages are not allowed/, undefined],
    ["b'abc' == b'abc'", /Bytes/, undefined],
    ["initial_data.__proto__ == null", /'__proto__' is not allowed/, 12],
    ["initial_data.constructor == null", /'constructor' is not allowed/, 12],
    ["context.__proto__", /not allowed/, undefined],
    ["context.other == 1", /Unknown name 'other'/, undefined],
    ["initial_data.x == '\u0000'", /NUL/, undefined],
  ])("%j", (text, message, position) => {
    const error = refused(text);
    expect(error.message).toMatch(message);
    if (position !== undefined) expect(error.position).toBe(position);
  });

  it.each([
    ["initial_data.l.map(x, initial_data.l.map(y, y))", /inside map or filter/],
    ["initial_data.l.map(x, x.filter(y, true))", /inside map or filter/],
    ["initial_data.l.filter(x, size(x.map(y, y)) > 1)", /inside map or filter/],
    ["initial_data.l.map(x.y, 1)", /'map' is not allowed/],
    ["initial_data.l.map(x, y)", /Unknown name 'y'/],
    ["{'__proto__': 1}", /'__proto__' is not allowed/],
    ["initial_data.l.exists_one(x, x == 1)", /not allowed/],
  ])("as a value: %s", (text, message) => {
    expect(refused(text, "value").message).toMatch(message);
  });

  it("is refused by its length before it is parsed, whatever that is", () => {
    expect(refused(`initial_data.x == '${"y".repeat(1000)}'`).message).toMatch(/1000 characters at most/);
    expect(refused("x".repeat(10 * 1024 * 1024)).message).toMatch(/1000 characters at most/);
    expect(refused("x".repeat(10 * 1024 * 1024)).expression?.length).toBeLessThanOrEqual(200);
  });

  it.each(["(", "[", "{'a': ", "size(", "initial_data[", "!", "-"])("is refused when %j nests too deeply", (open) => {
    const close = { "(": ")", "[": "]", "{'a': ": "}", "size(": ")", "initial_data[": "]" }[open] ?? "";
    const text = (depth: number) => `${open.repeat(depth)}initial_data.n${close.repeat(depth)}`;
    expect(refused(text(33), "value").message).toMatch(/nests deeper than 32/);
    expect(refused(text(60), "value").message).toMatch(/nests deeper than 32/);
  });

  it("may nest up to the limit, and brackets in texts do not count", () => {
    expect(() =>
      compileExpression(`${"(".repeat(32)}initial_data.n${")".repeat(32)} == 1`, { mode: "condition" }),
    ).not.toThrow();
    expect(() => compileExpression(`initial_data.x == '${"(".repeat(200)}'`, { mode: "condition" })).not.toThrow();
    expect(() => compileExpression(`initial_data.x == r'${"(".repeat(50)}\\'`, { mode: "condition" })).not.toThrow();
  });

  it.each([
    ["chain of sums", Array(490).fill("1").join("+")],
    [
      "chain of ors",
      Array(60)
        .fill("initial_data.n == 1")
        .join("||")
        .slice(0, 1000)
        .replace(/\|+[^|]*$/, ""),
    ],
    ["chain of fields", `initial_data${".a".repeat(490)}`],
    ["chain of choices", `${"true?1:".repeat(140)}2`],
    ["long list", `[${Array(490).fill("1").join(",")}]`],
  ])("is fine as a %s", (_name, text) => {
    expect(() => compileExpression(text, { mode: "value" })).not.toThrow();
  });
});
