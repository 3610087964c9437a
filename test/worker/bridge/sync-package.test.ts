import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleOptions } from "@/server/local/build";
import { buildTypes } from "@/server/local/build-types";
import { runCommand } from "@/server/local/run-command";

const root = join(import.meta.dirname, "../../..");
const shop = mkdtempSync(join(tmpdir(), "batuta-bridge-shop-"));
const installed = join(shop, "node_modules", "batuta");

const bundles = {
  "server/worker/bridge/bridge.ts": "bridge.js",
  "server/worker/bridge/sync/main.ts": "bridge-dispatcher.js",
  "server/worker/bridge/child/main.ts": "bridge-child.js",
};

/** A program beside this one, with the package installed as npm would, and the guide's example. */
beforeAll(async () => {
  mkdirSync(installed, { recursive: true });
  await cp(join(root, "package.json"), join(installed, "package.json"));
  for (const [entry, file] of Object.entries(bundles)) {
    await build({ ...bundleOptions(root, entry), outfile: join(installed, "dist", file) });
  }
  const example = readFileSync(join(root, "docs/examples/bridge.ts"), "utf8");
  writeFileSync(join(shop, "shop.ts"), example);
  writeFileSync(join(shop, "package.json"), JSON.stringify({ name: "shop", type: "module" }));
  writeFileSync(
    join(shop, "start.js"),
    'import { main } from "./shop.js";\nawait main((line) => console.log(line));\n',
  );
  await build({
    entryPoints: [join(shop, "shop.ts")],
    outfile: join(shop, "shop.js"),
    format: "esm",
    target: "node20",
  });
}, 180_000);

afterAll(() => rmSync(shop, { recursive: true, force: true }));

it("a program that has the package runs the guide's example, and ends by itself", async () => {
  const { code, output } = await runCommand(process.execPath, ["start.js"], { cwd: shop, env: { ...process.env } });
  expect(output.trim().split("\n")).toEqual(["blocking: 12", "handle: 8", "async: 10", "stuck: TASK_TIMEOUT"]);
  expect(code).toBe(0);
});

it("an idle bridge, and tasks that nobody waits for, keep no program up", async () => {
  const text = `import { runAsyncTask } from "batuta/bridge";
import { stuck, total } from "./shop.js";
console.log(runAsyncTask(total, { amounts: [1] }).sum);
runAsyncTask(stuck, undefined, { fireAndForget: true });
`;
  writeFileSync(join(shop, "leave.js"), text);
  const { code, output } = await runCommand(process.execPath, ["leave.js"], { cwd: shop, env: { ...process.env } });
  expect([output.trim(), code]).toEqual(["2", 0]);
});

it("and it compiles against the package's own types", async () => {
  await buildTypes(root, join(installed, "dist", "types"));
  symlinkSync(join(root, "node_modules/@types"), join(shop, "node_modules/@types"));
  const options = { target: "es2022", module: "nodenext", moduleResolution: "nodenext", strict: true, noEmit: true };
  const compilerOptions = { ...options, types: ["node"], lib: ["es2023"] };
  writeFileSync(join(shop, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["shop.ts"] }));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { code, output } = await runCommand(process.execPath, [compiler, "-p", "."], {
    cwd: shop,
    env: { ...process.env },
  });
  expect(output).toBe("");
  expect(code).toBe(0);
});
