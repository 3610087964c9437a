import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseBlueprint } from "@/server/engine/blueprint/validate";

const project = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(project, path), "utf8");
const guides = ["README.md", "CHANGELOG.md", ...pathsIn("docs").filter((path) => path.endsWith(".md"))];

describe("the documentation", () => {
  it("was read", () => {
    expect(guides).toContain("docs/blueprint-guide.md");
    expect(guides.length).toBeGreaterThan(8);
  });

  const blueprints = guides.flatMap((guide) =>
    blueprintsIn(read(guide)).map((text, index) => ({ guide, number: index + 1, text })),
  );
  it("shows every type of state that YAML can write", () => {
    const types = blueprints.flatMap(({ text }) =>
      Object.values((parse(text) as { states: Record<string, { type: string }> }).states).map(({ type }) => type),
    );
    expect([...new Set(types)].sort()).toEqual(
      ["approval", "child", "choice", "end", "parallel", "set", "task", "wait"].sort(),
    );
  });
  it.each(blueprints)("holds only blueprints that are valid: $guide, number $number", ({ text }) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it.each(guides)("links and names only what exists: %s", (guide) => {
    expect(brokenLinks(guide, read(guide))).toEqual([]);
    expect(missingFiles(read(guide))).toEqual([]);
  });

  it("is there where the code points to it", () => {
    const pointers = ["app", "components", "lib", "server"].flatMap((folder) =>
      pathsIn(folder).flatMap((path) =>
        /\.(tsx?|mjs)$/.test(path) ? (read(path).match(/\bdocs\/[\w/.-]*\w/g) ?? []) : [],
      ),
    );
    expect(pointers.length).toBeGreaterThan(0);
    expect(pointers.filter((path) => !existsSync(join(project, path)))).toEqual([]);
  });

  it("names the variables that the code reads, and no others", () => {
    const told = variablesIn(read("docs/configuration.md"));
    expect(told.length).toBeGreaterThan(30);
    expect(told.toSorted()).toEqual(variablesOfCode());
  });
});

describe("a fault planted in the documentation is found", () => {
  it("in a blueprint", () => {
    const text = "name: x\nstates:\n  a: { type: choice, start: true, cases: [], default: b }\n";
    expect(blueprintsIn(`Text\n\n\`\`\`yaml\n${text}\`\`\`\n`)).toEqual([text]);
    expect(problemsOf(text)).not.toEqual([]);
  });

  it("in a link, an anchor and a file's name", () => {
    const text =
      "[a](gone.md) [b](configuration.md#no-such-part) [c](configuration.md#log) `server/gone.ts` [d](#e)\n# E";
    expect(brokenLinks("docs/x.md", text)).toEqual(["gone.md", "configuration.md#no-such-part"]);
    expect(missingFiles(text)).toEqual(["server/gone.ts"]);
  });

  it("in a table of variables", () => {
    expect(variablesIn("| `A_B` | x | `NOT_THIS` |\n| `C` | y | z |\n")).toEqual(["A_B", "C"]);
  });
});

/** Blocks of YAML or JSON that have states, and those that a shell sends as a here-document. */
function blueprintsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:ya?ml|json)\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? "");
  const sent = [...text.matchAll(/<<'YAML'\n([\s\S]*?)^YAML$/gm)].map(([, block]) => block ?? "");
  return [...blocks, ...sent].filter((block) => /^\s*"?states"?:/m.test(block));
}

function problemsOf(text: string): string[] {
  const parsed = parseBlueprint(parse(text), {
    allowHandlers: false,
    ...(/^name:/m.test(text) ? {} : { name: "unnamed" }),
  });
  return parsed.ok ? [] : parsed.problems.map(({ state, key, message }) => `${state ?? ""} ${key}: ${message}`);
}

/** Relative targets whose file, or whose heading in it, is not there. */
function brokenLinks(guide: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? "")
    .filter((target) => !/^(https?|mailto):/.test(target))
    .filter((target) => {
      const [file = "", anchor] = target.split("#");
      const path = file === "" ? guide : normalize(join(dirname(guide), file));
      if (file !== "" && !existsSync(join(project, path))) return true;
      return anchor !== undefined && !anchorsOf(file === "" ? text : read(path)).includes(anchor);
    });
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Words in code that look like files of the repository. */
function missingFiles(text: string): string[] {
  const named = [
    ...text.matchAll(/(?:^|[`\s"@])((?:app|components|lib|server|test|docs|drizzle|samples)\/[^\s`"'*<>,;]*)/gm),
  ]
    .map(([, path]) => (path ?? "").replace(/[.:)]+$/, ""))
    .filter((path) => !path.includes("…"));
  return [...new Set(named)].filter(
    (path) => !["", ".ts", ".tsx"].some((end) => existsSync(join(project, path + end))),
  );
}

/** First cells of the tables. */
function variablesIn(text: string): string[] {
  return [...text.matchAll(/^\| `([A-Z][A-Z0-9_]*)` \|/gm)].map(([, name]) => name ?? "");
}

/** The members of the environment's schema, and what `npm start` reads by itself. */
function variablesOfCode(): string[] {
  const schema =
    /const environment = z\.object\(\{\n([\s\S]*?)\n\}\);/.exec(read("server/config/environment.ts"))?.[1] ?? "";
  const members = [...schema.matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gm)].map(([, name]) => name ?? "");
  const launcher = pathsIn("server/local").flatMap((path) =>
    [...read(path).matchAll(/\benv\.([A-Z][A-Z0-9_]*)/g)].map(([, name]) => name ?? ""),
  );
  return [...new Set([...members, ...launcher])].toSorted();
}

function pathsIn(folder: string): string[] {
  return readdirSync(join(project, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    return statSync(join(project, path)).isDirectory() ? pathsIn(path) : [path];
  });
}
