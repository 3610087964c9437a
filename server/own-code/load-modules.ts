import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AUTHORING } from "./authoring";
import { AUTHORING_KEY, type BuiltModules, buildModules } from "./build-modules";
import type { OwnCodeFault } from "./own-code-error";

export interface LoadedModule {
  /** Absolute path of the source. */
  file: string;
  /** URL of what was built from it. */
  url: string;
  exports: Record<string, unknown>;
}

export interface LoadedModules {
  modules: LoadedModule[];
  /** Tells one state of all the code from another. */
  revision: string;
  faults: OwnCodeFault[];
}

const LOAD_MS = 30_000;

/**
 * Builds and imports modules of `folder`. What was built is kept below `cacheFolder` under its content's name. Faults of
 * all modules are gathered: what does not build, throws while it loads, or does not come to an end.
 */
export async function loadModules(sources: string[], folder: string, cacheFolder: string): Promise<LoadedModules> {
  if (sources.length === 0) return { modules: [], revision: "none", faults: [] };
  const built = await buildModules(sources, folder);
  const revision = hashOf(built).slice(0, 12);
  const target = join(cacheFolder, revision);
  write(built, target);
  giveAuthoring();
  const faults = [...built.faults];
  const modules: LoadedModule[] = [];
  for (const { source: file, output } of built.entries) {
    const { href: url } = pathToFileURL(join(target, output));
    try {
      modules.push({ file, url, exports: await importLimited(url) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      faults.push({ file, message, fix: "Mend what the module does while it is loaded" });
    }
  }
  return { modules, revision, faults };
}

/** Lets modules of such folders, built before, be imported in this process or thread. */
export function giveAuthoring(): void {
  (globalThis as { [key: symbol]: unknown })[Symbol.for(AUTHORING_KEY)] = AUTHORING;
}

function hashOf({ outputs }: BuiltModules): string {
  const hash = createHash("sha256");
  for (const { name, text } of outputs) hash.update(`${name}\0${text.length}\0${text}`);
  return hash.digest("hex");
}

/** Several processes may do it at once: each writes a folder of its own, and one of them gets the name. */
function write({ outputs }: BuiltModules, target: string): void {
  if (existsSync(target)) return;
  const draft = `${target}.${process.pid}.${Date.now()}`;
  mkdirSync(draft, { recursive: true });
  for (const { name, text } of outputs) writeFileSync(join(/* turbopackIgnore: true */ draft, name), text);
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

async function importLimited(url: string): Promise<Record<string, unknown>> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not finish loading within ${LOAD_MS / 1000} s`)), LOAD_MS);
  });
  try {
    return await Promise.race([import(/* webpackIgnore: true */ /* turbopackIgnore: true */ url), limit]);
  } finally {
    clearTimeout(timer);
  }
}
