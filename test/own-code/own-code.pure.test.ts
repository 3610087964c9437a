import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ownBlueprints } from "@/server/own-code/own-blueprints";
import { OwnCodeError } from "@/server/own-code/own-code-error";
import { ownTasks } from "@/server/own-code/own-tasks";
import { asDeclared, type DeclaredTask } from "@/server/tasks/declare-task";
import { GREET_TASK, GREETING_BLUEPRINT, GREETING_WORDS, makeFolder, PLAIN_YAML } from "./folder";

const made: { remove(): void }[] = [];
afterEach(() => {
  for (const one of made.splice(0)) one.remove();
});

function folderOf(files: Record<string, string>) {
  const one = makeFolder(files);
  made.push(one);
  return one;
}

async function faultsOf(work: Promise<unknown>): Promise<readonly { file: string; message: string; fix: string }[]> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OwnCodeError);
  for (const { file, message, fix } of (error as OwnCodeError).faults)
    expect((error as Error).message).toContain(`${file}: ${message}\n    ${fix}`);
  return (error as OwnCodeError).faults;
}

describe("a folder of blueprints", () => {
  it("gives documents and modules, also of subfolders and through links, and leaves out what is not meant", async () => {
    const one = folderOf({
      "greeting.ts": GREETING_BLUEPRINT,
      "_words.ts": GREETING_WORDS,
      "deep/plain.yaml": PLAIN_YAML,
      "named.json": JSON.stringify({
        name: "other",
        states: { done: { type: "end", start: true, outcome: "success" } },
      }),
      "package.json": "{}",
      "tsconfig.json": "{}",
      "greeting.test.ts": "throw new Error('never read')",
      "node_modules/x/index.js": "throw new Error('never read')",
      ".hidden.js": "throw new Error('never read')",
      "notes.md": "# Notes",
    });
    const outside = folderOf({ "linked.mjs": `export default (await import("batuta")).defineBlueprint;` });
    writeFileSync(
      join(outside.folder, "linked.mjs"),
      `import { defineBlueprint, end } from "batuta";\nexport default defineBlueprint({ name: "linked", states: { done: end({ outcome: "success" }) } });`,
    );
    symlinkSync(join(outside.folder, "linked.mjs"), join(one.folder, "linked.mjs"));
    const found = await ownBlueprints({ ...one, taken: [] });
    expect(found.map(({ document }) => document.name).sort()).toEqual(["greeting", "linked", "other", "plain"]);
    const greeting = found.find(({ document }) => document.name === "greeting");
    expect(greeting?.handlers.ask?.run).toBeTypeOf("function");
    expect(greeting?.revision).toMatch(/^[0-9a-f]{12}$/);
    const again = await ownBlueprints({ ...one, taken: [] });
    expect(again.find(({ document }) => document.name === "greeting")?.revision).toBe(greeting?.revision);
  });

  it("shares what its modules share", async () => {
    const module = (name: string) => `
      import { defineBlueprint, end } from "batuta";
      import { words } from "./_words";
      export default defineBlueprint({ name: "${name}", dataStores: { words }, states: { done: end({ outcome: "success" }) } });`;
    const one = folderOf({ "a.ts": module("a"), "b.mts": module("b"), "_words.ts": GREETING_WORDS });
    const [a, b] = await ownBlueprints({ ...one, taken: [] });
    expect(a?.dataStores.words).toBeTypeOf("object");
    expect(a?.dataStores.words).toBe(b?.dataStores.words);
  });

  it("tells all its faults at once, each with its file and what mends it", async () => {
    const one = folderOf({
      "a-syntax.ts": "export const x = ;",
      "b-throws.js": "throw new Error('no database');",
      "c-empty.ts": "export const nothing = 1;",
      "d-broken.yaml": "name: d\nstates: [",
      "e-invalid.yaml": "name: e\nstates:\n  a: { type: choice, start: true, cases: [], default: gone }\n",
      "f-twice.ts": `import { defineBlueprint, end } from "batuta"; const b = defineBlueprint({ name: "square_numbers", states: { done: end({ outcome: "success" }) } }); export { b };`,
      "g-unknown.ts": `import { nonsense } from "batuta"; export default nonsense;`,
      "h-faulty.ts": `import { defineBlueprint, end } from "batuta"; export default defineBlueprint({ name: "h", states: { lost: end({ outcome: "success" }), done: end({ outcome: "success" }) } });`,
      "i-fine.json": `{"name": "i", "states": {"done": ${JSON.stringify({ type: "end", start: true, outcome: "success" })}}}`,
      "j-same.json": `{"name": "i", "states": {"done": ${JSON.stringify({ type: "end", start: true, outcome: "failure" })}}}`,
    });
    const faults = await faultsOf(ownBlueprints({ ...one, taken: ["square_numbers"] }));
    const of = (name: string) => faults.filter(({ file }) => file.startsWith(join(one.folder, name)));
    expect(of("a-syntax.ts")[0]?.file).toMatch(/a-syntax\.ts:1:\d+$/);
    expect(of("b-throws.js")[0]?.message).toBe("no database");
    expect(of("c-empty.ts")[0]?.message).toBe("it exports no blueprint");
    expect(of("d-broken.yaml")[0]?.file).toMatch(/d-broken\.yaml:\d+:\d+$/);
    expect(of("e-invalid.yaml").some(({ message }) => message.includes("gone"))).toBe(true);
    expect(of("f-twice.ts")[0]?.message).toContain("square_numbers is taken by a blueprint of Batuta itself");
    expect(of("g-unknown.ts")[0]?.message).toContain("nonsense");
    expect(of("h-faulty.ts")[0]?.message).toContain("done");
    expect(of("j-same.json")[0]?.message).toContain(join(one.folder, "i-fine.json"));
    expect(of("i-fine.json")).toEqual([]);
  });

  it("must be there", async () => {
    const one = folderOf({ "file.txt": "" });
    for (const [folder, message] of [
      [join(one.folder, "gone"), "there is no such folder"],
      [join(one.folder, "file.txt"), "this is no folder"],
    ] as const) {
      const faults = await faultsOf(ownBlueprints({ ...one, folder, taken: [] }));
      expect(faults).toEqual([{ file: folder, message, fix: "Set BLUEPRINTS_DIR to a folder" }]);
    }
  });
});

describe("a folder of tasks", () => {
  it("names them by their export, their file, or defineTask", async () => {
    const one = folderOf({
      "greet.ts": GREET_TASK,
      "resize_image.js": "export default async () => ({ data: { resized: true } });",
      "odd.ts": `import { defineTask } from "batuta"; export const odd = defineTask("odd-name", async () => ({ data: { odd: 1 } }));`,
    });
    const tasks = await ownTasks({ ...one, taken: [] });
    expect(tasks.map(({ name }) => name).sort()).toEqual(["greet", "odd-name", "resize_image"]);
    const run = (name: string, params: object) =>
      asDeclared(tasks.find((each) => each.name === name)?.task as DeclaredTask).run(params as never, {} as never);
    expect(await run("resize_image", {})).toEqual({ data: { resized: true } });
    await expect(run("greet", { text: "nobody" })).rejects.toMatchObject({ code: "PERMANENT_ERROR" });
  });

  it("tells all its faults at once", async () => {
    const one = folderOf({
      "a.ts": "export const greet = async () => ({});",
      "b.ts": "export const greet = async () => ({});",
      "c.ts": "export const nothing = 1;",
      "d.yaml": PLAIN_YAML,
      "not a type.ts": "export default async () => ({});",
      "e.ts": "export const demo_echo = async () => ({});",
    });
    const faults = await faultsOf(ownTasks({ ...one, taken: ["demo_echo"] }));
    expect(faults.map(({ file, message }) => [file.slice(one.folder.length + 1), message])).toEqual([
      ["d.yaml", "it is no module"],
      ["b.ts", `the task type greet is taken by ${join(one.folder, "a.ts")}`],
      ["c.ts", "it exports no task function"],
      ["e.ts", "the task type demo_echo is taken by Batuta itself"],
      ["not a type.ts", '"not a type" is no task type'],
    ]);
  });

  it("says what is wrong with how a task is to be run", async () => {
    const one = folderOf({
      "a.ts": `import { defineTask } from "batuta"; export const a = defineTask("shrink", async () => ({}), { aliases: ["resize"] });`,
      "b.ts": `import { defineTask } from "batuta"; export const b = defineTask("resize", async () => ({}), { isolation: "moon" });`,
      "c.ts": `import { defineTask } from "batuta"; export const c = defineTask("c", async () => ({}), { input: {}, aliases: "d" });`,
    });
    const faults = await faultsOf(ownTasks({ ...one, taken: [] }));
    expect(faults.map(({ message }) => message)).toEqual([
      'the task resize asks for isolation "moon"',
      `the task type resize is taken by ${join(one.folder, "a.ts")}`,
      "the aliases of the task c are no list",
      "the input of the task c is no schema",
    ]);
  });

  it("may be the folder of the blueprints as well", async () => {
    const one = folderOf({
      "greet.ts": GREET_TASK,
      "greeting.ts": GREETING_BLUEPRINT,
      "_words.ts": GREETING_WORDS,
      "plain.yaml": PLAIN_YAML,
    });
    expect((await ownTasks({ ...one, taken: [], mixed: true })).map(({ name }) => name)).toEqual(["greet"]);
    expect(await ownBlueprints({ ...one, taken: [], mixed: true })).toHaveLength(2);
  });
});
