import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { walk } from "./walk";

const root = join(import.meta.dirname, "../..");
const words = new Map<string, Set<string>>();

test("the README's walk names these files, in this order", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const section = /^(#+)[^\n]*follow one job[^\n]*\n([\s\S]*?)(?=^#+ |(?![\s\S]))/im.exec(readme)?.[2] ?? "";
  const named = [...section.matchAll(/\b(?:app|components|lib|server)\/[\w\-/.[\]()]*\.tsx?\b/g)].map(([path]) => path);
  // A file that is linked is named twice, as text and as target.
  const inOrder = named.filter((path, index) => path !== named[index - 1]);
  expect(inOrder, "in the section “Follow one job” of README.md").toEqual(walk.map((stop) => stop.file));
});

test("it is short and never doubles back", () => {
  expect(walk.length).toBeLessThanOrEqual(16);
  expect(new Set(walk.map((stop) => stop.file)).size).toBe(walk.length);
  for (const [place, stop] of walk.entries()) {
    const earlier = walk.slice(0, place).map((one) => one.file);
    if (place > 0) expect(earlier, stop.file).toContain(stop.reached?.from);
  }
});

test.each(walk.filter((stop) => stop.reached).map((stop) => [stop.file, stop] as const))(
  "%s is reached as told",
  (file, stop) => {
    if (!stop.reached) throw new Error("filtered above");
    const { from, by, as = by, through } = stop.reached;
    expect(existsSync(join(root, file))).toBe(true);
    expect(wordsOf(from), `${from} speaks of ${by}`).toContain(by);
    expect(wordsOf(file), `${file} has ${as}`).toContain(as);
    if (through === undefined) return;
    expect(wordsOf(through), `${through} knows ${by}`).toContain(by);
    expect(wordsOf(through), `${through} knows ${as}`).toContain(as);
  },
);

test("a claim that is not so is found out", () => {
  expect(wordsOf("server/jobs/start-job.ts")).not.toContain("takeSignals");
  expect(wordsOf("lib/apply-event.ts")).not.toContain("publish");
});

/** The words of a file's code; comments may say anything. */
function wordsOf(file: string): Set<string> {
  const known = words.get(file);
  if (known) return known;
  const code = readFileSync(join(root, file), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "");
  const found = new Set(code.match(/[A-Za-z_$][\w$]*/g) ?? []);
  words.set(file, found);
  return found;
}
