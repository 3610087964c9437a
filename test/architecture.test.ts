import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSource } from "@/test/support/architecture/parse-source";
import { readSources } from "@/test/support/architecture/read-sources";
import { rules, staleExemptions } from "@/test/support/architecture/rules";

const sources = readSources(join(import.meta.dirname, ".."));

describe("the project", () => {
  it("was read", () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
  });

  it.each(Object.entries(rules))("%s", (_name, rule) => {
    expect(rule(sources)).toEqual([]);
  });

  it("imports only files that exist", () => {
    const known = new Set(sources.map(({ path }) => path.replace(/\.(ts|tsx)$/, "")));
    const broken = sources.flatMap(({ path, imports }) =>
      imports
        .filter((each) => each.path !== undefined && !known.has(each.path) && !/\.\w+$/.test(each.path))
        .map(({ specifier }) => `${path} imports ${specifier}, which is not there`),
    );
    expect(broken).toEqual([]);
  });

  it("exempts nothing without need", () => {
    expect(staleExemptions(sources)).toEqual([]);
  });
});

const manyLines = (count: number) =>
  Array.from({ length: count }, (_, line) => `export const v${line} = ${line};`).join("\n");
const longFunction = `export function long() {\n${"  work();\n".repeat(60)}}\nfunction work() {}\n`;

/** Each rule with sources that break it, and what it must say. */
const planted: [rule: keyof typeof rules, files: Record<string, string>, complaint: string][] = [
  ["imports follow the directions", { "lib/a.ts": 'import { b } from "@/server/b";' }, "lib/a.ts imports server/b"],
  [
    "imports follow the directions",
    { "lib/a.ts": 'import type { B } from "@/server/b";' },
    "lib/a.ts imports server/b",
  ],
  ["imports follow the directions", { "lib/a.ts": 'import fs from "node:fs";' }, "node:fs"],
  [
    "imports follow the directions",
    { "components/a.tsx": 'import { b } from "@/app/b";' },
    "components/a.tsx imports app/b",
  ],
  [
    "imports follow the directions",
    { "app/a/page.tsx": 'import { b } from "@/server/store/b";' },
    "imports server/store/b",
  ],
  [
    "imports follow the directions",
    { "server/engine/a.ts": 'import { b } from "../store/b";' },
    "imports server/store/b",
  ],
  ["imports follow the directions", { "server/engine/a.ts": 'const b = await import("node:fs/promises");' }, "node:fs"],
  [
    "imports follow the directions",
    { "server/turn/a.ts": 'import { b } from "@/server/queue/redis-b";' },
    "server/queue/redis-b",
  ],
  [
    "imports follow the directions",
    { "server/jobs/a.ts": 'import { b } from "@/server/http/b";' },
    "imports server/http/b",
  ],
  [
    "imports follow the directions",
    { "server/http/a.ts": 'import { b } from "@/server/deps";' },
    "imports server/deps",
  ],
  ["imports follow the directions", { "server/a.ts": 'let b: import("@/components/b").B;' }, "imports components/b"],
  [
    "packages stay with their owners",
    { "server/http/a.ts": 'import { eq } from "drizzle-orm";' },
    "imports drizzle-orm",
  ],
  ["packages stay with their owners", { "server/turn/a.ts": 'import type { Pool } from "pg";' }, "imports pg"],
  ["packages stay with their owners", { "server/store/a.ts": 'export { Redis } from "ioredis";' }, "imports ioredis"],
  [
    "packages stay with their owners",
    { "server/http/a.ts": 'import { cookies } from "next/headers";' },
    "imports next",
  ],
  [
    "nothing imports in a circle",
    { "lib/a.ts": 'import "./b";', "lib/b.ts": 'import { c } from "@/lib/c";', "lib/c.ts": 'export * from "./a";' },
    "lib/a ⇄ lib/b ⇄ lib/c",
  ],
  ["nothing imports in a circle", { "lib/a.ts": 'import type { A } from "./a";' }, "lib/a imports itself"],
  ["files and functions stay small", { "lib/a.ts": manyLines(301) }, "lib/a.ts has 301 lines"],
  ["files and functions stay small", { "lib/a.ts": longFunction }, "lib/a.ts#long has 62 lines at line 1"],
  ["names tell what a file is about", { "lib/jobList.ts": "" }, "not kebab-case"],
  ["names tell what a file is about", { "components/Job/list.tsx": "" }, "not kebab-case"],
  ["names tell what a file is about", { "lib/index.ts": "" }, "name it for what it is about"],
  ["names tell what a file is about", { "server/turn/types.ts": "" }, "name it for what it is about"],
  ["names tell what a file is about", { "lib/string-utils.ts": "" }, '"utils" says nothing'],
  ["names tell what a file is about", { "server/helpers/a.ts": "" }, '"helpers" says nothing'],
  ["no file only passes on what others export", { "lib/a.ts": 'export { b } from "./b";' }, "lib/a.ts passes on"],
  ["no file only passes on what others export", { "lib/a.ts": 'export * from "./b";' }, "lib/a.ts passes on"],
  ["only the settings read the environment", { "server/a.ts": "const a = process.env.PORT;" }, "server/a.ts reads"],
  ["only the settings read the environment", { "lib/a.ts": "const { env } = process;" }, "lib/a.ts reads"],
  [
    "only the settings read the environment",
    { "server/a.ts": 'import { env } from "node:process";' },
    "server/a.ts reads",
  ],
  ["importing a file does nothing", { "lib/a.ts": "const a = 1;\nconsole.log(a);" }, "lib/a.ts:2 does something"],
  ["importing a file does nothing", { "server/a.ts": 'import "./register";' }, "server/a.ts:1 does something"],
];

describe("a planted violation", () => {
  it.each(planted)("of “%s” is found: %j", (name, files, complaint) => {
    const parsed = Object.entries(files).map(([path, text]) => parseSource(path, text));
    expect(rules[name]?.(parsed).join("\n")).toContain(complaint);
  });

  it("exists for every rule", () => {
    expect(new Set(planted.map(([name]) => name))).toEqual(new Set(Object.keys(rules)));
  });

  it("of size is not seen in a function whose parts are named functions of their own", () => {
    const parts = ["one", "two", "three"].map((name) => `  function ${name}() {\n${"    work();\n".repeat(30)}  }\n`);
    const source = parseSource("lib/a.ts", `export function whole() {\n${parts.join("")}}\nfunction work() {}\n`);
    expect(source.functions.map(({ name, lines }) => [name, lines])).toEqual([
      ["whole", 2],
      ["one", 32],
      ["two", 32],
      ["three", 32],
      ["work", 1],
    ]);
  });

  it("is not seen where there is none", () => {
    const fine = [
      parseSource("lib/a.ts", '"use client";\nimport { z } from "zod";\nexport const shape = z.object({});\n'),
      parseSource("server/config.ts", "export const port = () => process.env.PORT;\n"),
      parseSource(
        "app/api/[[...route]]/route.ts",
        'import { app } from "@/server/http/app";\nexport const GET = app;\n',
      ),
      parseSource("server/main.ts", 'import next from "next";\nawait next({}).prepare();\n'),
    ];
    expect(Object.values(rules).flatMap((rule) => rule(fine))).toEqual([]);
  });
});
