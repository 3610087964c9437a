import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface BuiltEntry {
  /** Name of the file in a build: it lies beside the bundle that asks for it. */
  file: string;
  /** Source of the entry, from the root of the project. */
  source: string;
  /** `import.meta.url` of who asks; in a build the URL of its bundle. */
  from: string;
}

const root = fileURLToPath(new URL("../", import.meta.url));
const found = new Map<string, string>();

/**
 * Path of a file that another thread or process runs. In a build it is `file` beside the bundle; when the sources run
 * themselves (tests, development) it is bundled once per process into `node_modules/.cache/batuta`. Blocks while it
 * bundles. Throws when there is neither.
 */
export function builtEntry(entry: BuiltEntry): string {
  const known = found.get(entry.source);
  if (known !== undefined) return known;
  const path = findEntry(entry);
  found.set(entry.source, path);
  return path;
}

function findEntry({ file, source, from }: BuiltEntry): string {
  const built = fileURLToPath(new URL(`./${file}`, from));
  if (existsSync(built)) return built;
  if (!existsSync(join(root, source))) throw new Error(`A part of the build is missing: build ${source} to ${built}.`);
  return bundleSource(source, file.replace(/\.js$/, ""));
}

function bundleSource(source: string, name: string): string {
  // Not an import: the bundles themselves must not carry a bundler along.
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const result = buildSync({
    entryPoints: [join(root, source)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
    sourcemap: "inline",
    // Where it is written: the paths of the source map are told from there.
    outdir: cacheFolder(),
    external: ["pg-native", "esbuild"],
    banner: { js: requireBanner },
  });
  const code = result.outputFiles[0]?.contents ?? new Uint8Array();
  const path = join(cacheFolder(), `${name}-${createHash("sha256").update(code).digest("hex").slice(0, 16)}.mjs`);
  if (existsSync(path)) return path;
  mkdirSync(cacheFolder(), { recursive: true });
  // Two processes may do this at once; a rename is whole for both.
  writeFileSync(`${path}.${process.pid}`, code);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}

function cacheFolder(): string {
  return join(root, "node_modules", ".cache", "batuta");
}

/** Some packages inside the bundle are CommonJS and call `require`, which an ES module does not have. */
const requireBanner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';
