import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

let entry: Promise<string> | undefined;

/**
 * The file that the child runs. In a build it is `extract-child.js` beside the worker's bundle; when the sources run
 * themselves (tests, development) it is bundled once per process into `node_modules/.cache/batuta`.
 */
export function childEntry(): Promise<string> {
  entry ??= findEntry();
  return entry;
}

async function findEntry(): Promise<string> {
  const built = fileURLToPath(new URL("./extract-child.js", import.meta.url));
  if (existsSync(built)) return built;
  const source = fileURLToPath(new URL("./main.ts", import.meta.url));
  if (!existsSync(source)) throw new Error(`The document reader is missing: build it to ${built}.`);
  return bundle(source);
}

async function bundle(source: string): Promise<string> {
  // Not an import: the worker's own bundle must not carry a bundler along.
  const { build } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const result = await build({
    entryPoints: [source],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
  });
  const code = result.outputFiles[0]?.contents ?? new Uint8Array();
  const folder = join(root, "node_modules", ".cache", "batuta");
  const path = join(folder, `extract-child-${createHash("sha256").update(code).digest("hex").slice(0, 16)}.mjs`);
  await mkdir(folder, { recursive: true });
  // Two test processes may do this at once; a rename is whole for both.
  await writeFile(`${path}.${process.pid}`, code);
  await rename(`${path}.${process.pid}`, path);
  return path;
}
