import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleOptions } from "@/server/local/build";
import { buildTypes } from "@/server/local/build-types";
import { runCommand } from "@/server/local/run-command";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

const root = join(import.meta.dirname, "../..");
const shop = mkdtempSync(join(tmpdir(), "batuta-shop-"));
let database: TestDatabase;
let program: ChildProcessWithoutNullStreams;
let printed = "";

/** A project beside this one, with the package installed as `npm install ../batuta` would, and the guide's program. */
beforeAll(async () => {
  database = await createTestDatabase();
  const installed = join(shop, "node_modules", "batuta");
  mkdirSync(installed, { recursive: true });
  for (const name of ["package.json", "drizzle"]) cpSync(join(root, name), join(installed, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
  symlinkSync(join(root, "node_modules/zod"), join(shop, "node_modules/zod"));
  await build({ ...bundleOptions(root, "server/library.ts"), outfile: join(installed, "dist", "library.js") });
  await build({
    ...bundleOptions(root, "server/worker-sdk/sdk.ts"),
    outfile: join(installed, "dist", "worker-sdk.js"),
  });
  await buildTypes(root, join(installed, "dist", "types"));
  const guide = readFileSync(join(root, "docs/embedding.md"), "utf8");
  const [, text = ""] = /^```ts\n([\s\S]*?)^```/m.exec(guide) ?? [];
  expect(text).toContain("createBatuta");
  writeFileSync(join(shop, "main.ts"), text);
  writeFileSync(join(shop, "package.json"), JSON.stringify({ name: "shop", type: "module" }));
  program = spawn(process.execPath, ["--import", join(root, "node_modules/tsx/dist/esm/index.mjs"), "main.ts"], {
    cwd: shop,
    env: { NODE_ENV: "production", PATH: process.env.PATH, DATABASE_URL: database.url },
  });
  for (const stream of [program.stdout, program.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk;
    });
  }
  for (const end = Date.now() + 60_000; !printed.includes("listening"); await sleep(50))
    if (Date.now() > end || program.exitCode !== null) throw new Error(`the program did not start:\n${printed}`);
}, 180_000);

afterAll(async () => {
  program?.kill("SIGKILL");
  await database?.drop();
  rmSync(shop, { recursive: true, force: true });
});

async function order(body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const { port } = JSON.parse(/listening (\{.*\})/.exec(printed)?.[1] ?? "{}") as { port: number };
  const response = await fetch(`http://127.0.0.1:${port}`, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

it("the guide's program runs jobs, and tells what became of them", async () => {
  expect(await order({ item: "book", amount: 12 })).toEqual({ status: 200, body: { item: "book", total: 12 } });
  const [a, b] = await Promise.all([order({ item: "pen", amount: 1 }), order({ item: "ink", amount: 2 })]);
  expect([a?.status, b?.status]).toEqual([200, 200]);
  const soldOut = await order({ item: "unicorn", amount: 1 });
  expect(soldOut).toMatchObject({
    status: 422,
    body: { status: "failed", job: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
  const refused = await order({ item: "book", amount: -1 });
  expect(refused.status).toBe(400);
  expect(refused.body.error).toContain("Input validation failed for blueprint 'order'");
});

it("and stops when it is told to, with its data stores closed", async () => {
  const ended = new Promise((resolve) => program.once("exit", resolve));
  program.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(printed).toContain("ledger closed at 15\nstopped");
});

it("the worker SDK is imported by its own name, and brings nothing of the server along", async () => {
  const program = `import { createWorker } from "batuta/worker"; try { createWorker({ workerId: "a b", skills: [], orchestrators: [] }) } catch (error) { console.log(error.message) }`;
  const { output } = await runCommand(process.execPath, ["--input-type=module", "-e", program], {
    cwd: shop,
    env: process.env,
  });
  expect(output).toContain("workerId: must be 1 to 128");
  const bundle = readFileSync(join(shop, "node_modules/batuta/dist/worker-sdk.js"), "utf8");
  const packages = [...bundle.matchAll(/from "([^".]+)"/g)]
    .map(([, name]) => name)
    .filter((name) => !name?.startsWith("node:"));
  expect([...new Set(packages)].toSorted()).toEqual(["ws", "zod"]);
});

it("its types hold in the other project, and refuse what is wrong", async () => {
  const options = { module: "nodenext", moduleResolution: "nodenext", target: "es2022", strict: true, noEmit: true };
  const types = { typeRoots: [join(root, "node_modules/@types")], types: ["node"], skipLibCheck: true };
  writeFileSync(
    join(shop, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...options, ...types }, include: ["*.ts"] }),
  );
  writeFileSync(
    join(shop, "wrong.ts"),
    `import { createBatuta } from "batuta";\ncreateBatuta({ config: { databaseUrl: 5 } });\n`,
  );
  cpSync(join(root, "docs/examples/worker.ts"), join(shop, "worker.ts"));
  const wrong = 'defineSkill({ name: "a", input: z.object({ n: z.number() }), run: ({ n }) => ({ twice: n.length }) })';
  writeFileSync(
    join(shop, "wrong-worker.ts"),
    `import { defineSkill } from "batuta/worker";\nimport { z } from "zod";\nexport const skill = ${wrong};\n`,
  );
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { code, output } = await runCommand(process.execPath, [compiler, "-p", shop], { cwd: shop, env: process.env });
  expect(code).not.toBe(0);
  expect(output.split("\n").filter((line) => line.includes("error TS"))).toEqual([
    expect.stringMatching(
      /^wrong-worker\.ts\(3,\d+\): error TS2339: Property 'length' does not exist on type 'number'/,
    ),
    expect.stringMatching(/^wrong\.ts\(2,\d+\): error TS2322: Type 'number' is not assignable to type 'string'/),
  ]);
}, 120_000);
