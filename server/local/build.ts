import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildOptions } from "esbuild";
import { withLock } from "@/server/local/build-lock";
import { lastLines, runCommand } from "@/server/local/run-command";
import { SetupError, saysDiskFull } from "@/server/local/setup-error";
import { hashSources } from "@/server/local/source-hash";

const configs = ["package-lock.json", "next.config.ts", "postcss.config.mjs", "tsconfig.json", "tsconfig.pages.json"];
/** What pages and bundles are built from, besides the installed packages. */
export const pageSources = ["app", "components", "instrumentation.ts", "lib", "public", "server", ...configs];
export const bundleSources = ["lib", "server", "package-lock.json", "tsconfig.json"];
/** Part of no page. */
const notInPages = ["server/local", "server/worker", "server/main.ts", "server/doctor/main.ts", "server/migrate"];

interface Bundle {
  entry: string;
  file: string;
  /** Packages that stay where npm put them; the rest goes into the file. */
  external: string[];
  packages?: "external";
}

/** A native variant that is not installed, and a bundler that only the sources themselves use. */
const neverBundled = ["pg-native", "esbuild"];
/** Next cannot be bundled, and its pages load these packages too: one copy of each in a process. */
const sharedWithPages = ["next", "react", "react-dom", "pg", "ioredis", "drizzle-orm", "better-auth"];

/** What other programs import: its packages are installed beside it. */
const libraryBundles: Bundle[] = [
  { entry: "server/library.ts", file: "dist/library.js", external: [], packages: "external" },
  { entry: "server/worker-sdk/sdk.ts", file: "dist/worker-sdk.js", external: [], packages: "external" },
  { entry: "server/worker/bridge/bridge.ts", file: "dist/bridge.js", external: [], packages: "external" },
];

/** Everything that goes into `dist/`, by its entry file. */
export const bundles: readonly Bundle[] = [
  { entry: "server/main.ts", file: "dist/server.js", external: [...neverBundled, ...sharedWithPages] },
  { entry: "server/worker/main.ts", file: "dist/worker.js", external: neverBundled },
  { entry: "server/tasks/extract/main.ts", file: "dist/extract-child.js", external: neverBundled },
  { entry: "server/worker/slot/main.ts", file: "dist/task-slot.js", external: neverBundled },
  { entry: "server/worker/bridge/sync/main.ts", file: "dist/bridge-dispatcher.js", external: neverBundled },
  { entry: "server/worker/bridge/child/main.ts", file: "dist/bridge-child.js", external: neverBundled },
  { entry: "server/migrate/main.ts", file: "dist/migrate.js", external: neverBundled },
  { entry: "server/doctor/main.ts", file: "dist/doctor.js", external: neverBundled },
  ...libraryBundles,
];

/** Builds the pages (`.next`) and the process bundles (`dist`) whose sources changed since they were built. */
export async function buildIfStale(
  projectFolder: string,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = () => say("Waiting for another build of this checkout to end");
  await withLock(join(projectFolder, "dist", "build.lock"), waiting, async () => {
    await buildBundlesPart(projectFolder, say);
    await buildPart(projectFolder, "pages", pagesHash(projectFolder), () => buildPages(projectFolder, say, signal));
  });
}

/** The same without the pages: for commands that need none. */
export async function buildBundlesIfStale(projectFolder: string, say: (line: string) => void): Promise<void> {
  const waiting = () => say("Waiting for another build of this checkout to end");
  await withLock(join(projectFolder, "dist", "build.lock"), waiting, () => buildBundlesPart(projectFolder, say));
}

function buildBundlesPart(projectFolder: string, say: (line: string) => void): Promise<void> {
  return buildPart(projectFolder, "bundles", bundlesHash(projectFolder), () => {
    say("Building the server and the worker");
    return buildBundles(projectFolder);
  });
}

/** What the bundles are built from; `dist/bundles.stamp` holds the one of the last build. */
export function bundlesHash(projectFolder: string): string {
  return hashSources(projectFolder, bundleSources, ["server/local"]);
}

/** What the pages are built from; `dist/pages.stamp` holds the one of the last build. */
export function pagesHash(projectFolder: string): string {
  return hashSources(projectFolder, pageSources, notInPages);
}

/** The stamp is removed first and written last, so that a killed build counts as none. */
async function buildPart(projectFolder: string, name: string, hash: string, work: () => Promise<void>): Promise<void> {
  const stamp = join(projectFolder, "dist", `${name}.stamp`);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash && outputsExist(projectFolder, name)) return;
  rmSync(stamp, { force: true });
  await work();
  writeFileSync(stamp, hash);
}

function outputsExist(projectFolder: string, name: string): boolean {
  const outputs = name === "pages" ? [".next/BUILD_ID"] : bundles.map(({ file }) => file);
  return outputs.every((file) => existsSync(join(projectFolder, file)));
}

async function buildBundles(projectFolder: string): Promise<void> {
  const { build, stop } = await import("esbuild");
  mkdirSync(join(projectFolder, "dist"), { recursive: true });
  try {
    await Promise.all(
      bundles.map(({ entry, file }) =>
        build({ ...bundleOptions(projectFolder, entry), outfile: join(projectFolder, file) }),
      ),
    );
  } catch (cause) {
    throw new SetupError(`The sources do not build:\n${(cause as Error).message}`, "Mend them and start again.", {
      cause,
    });
  } finally {
    // Its own process would stay for as long as we run.
    await stop();
  }
}

/** How a process is bundled; the fault run bundles the same way. */
export function bundleOptions(projectFolder: string, entry: string): BuildOptions {
  const bundle = bundles.find((each) => each.entry === entry);
  return {
    entryPoints: [join(projectFolder, entry)],
    absWorkingDir: projectFolder,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "linked",
    logLevel: "silent",
    external: bundle?.external ?? neverBundled,
    ...(bundle?.packages ? { packages: bundle.packages } : {}),
    banner: { js: requireBanner },
  };
}

/** Some packages inside the bundle are CommonJS and call `require`, which an ES module does not have. */
const requireBanner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

async function buildPages(projectFolder: string, say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  say("Building the pages (about a minute; only after a change of the sources)");
  const began = Date.now();
  const ticker = setInterval(
    () => say(`  still building the pages (${Math.round((Date.now() - began) / 1000)} s)`),
    15_000,
  );
  try {
    const next = join(projectFolder, "node_modules", "next", "dist", "bin", "next");
    const env = { ...process.env, NODE_ENV: "production" as const, NEXT_TELEMETRY_DISABLED: "1" };
    const { code, output } = await runCommand(process.execPath, [next, "build"], {
      cwd: projectFolder,
      env,
      signal,
    });
    if (code === 0) return;
    if (saysDiskFull(output)) {
      throw new SetupError("The disk is full: the pages could not be built.", "Free about 500 MB and start again.");
    }
    throw new SetupError(
      `The pages do not build:\n${lastLines(output, 60)}`,
      "Mend what the lines above say and start again.",
    );
  } finally {
    clearInterval(ticker);
  }
}
