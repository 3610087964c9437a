import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { themeOf } from "@/lib/theme";

const css = readFileSync(join(import.meta.dirname, "../../app/styles/tokens.css"), "utf8");

/** The declarations of the block that follows `selector`. */
function declarations(selector: string): Map<string, string> {
  const start = css.indexOf(selector);
  expect(start, selector).toBeGreaterThan(0);
  const block = css.slice(css.indexOf("{", start) + 1, css.indexOf("}", start)).replace(/\/\*[\s\S]*?\*\//g, "");
  return new Map(
    block
      .split(";")
      .map((line) => line.split(":").map((part) => part.trim().replace(/\s+/g, " ")))
      .filter(([name]) => name)
      .map(([name = "", ...value]) => [name, value.join(":")]),
  );
}

describe("the colours", () => {
  it("of a dark system are those of the dark theme", () => {
    const dark = declarations('\n[data-theme="dark"]');
    expect(dark.size).toBeGreaterThan(30);
    expect(declarations('[data-theme="system"]')).toEqual(dark);
  });

  it("of both themes have the same names", () => {
    const light = declarations(':root,\n[data-theme="light"]');
    expect([...light.keys()].sort()).toEqual([...declarations('\n[data-theme="dark"]').keys()].sort());
  });

  it("follow the cookie, and the system when it says nothing known", () => {
    expect([themeOf("dark"), themeOf("light"), themeOf("pink"), themeOf(undefined)]).toEqual([
      "dark",
      "light",
      "system",
      "system",
    ]);
  });
});
