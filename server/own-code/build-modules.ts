import type { build as Build, BuildFailure, Message, Plugin } from "esbuild";
import { AUTHORING } from "./authoring";
import type { OwnCodeFault } from "./own-code-error";

/** Where modules of a folder find the process's own copies of what they import from `batuta`. */
export const AUTHORING_KEY = "batuta.authoring";

export interface BuiltModules {
  /** By name, relative to where they will be written. */
  outputs: { name: string; text: string }[];
  /** The output of each source. */
  entries: { source: string; output: string }[];
  faults: OwnCodeFault[];
}

/** Builds of this process that are under way. */
let building = 0;

/** Some packages are CommonJS and call `require`, which an ES module does not have. */
const REQUIRE =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

const batuta: Plugin = {
  name: "batuta",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^batuta$/ }, () => ({ path: "batuta", namespace: "batuta" }));
    onLoad({ filter: /.*/, namespace: "batuta" }, () => ({
      contents: `const own = globalThis[Symbol.for(${JSON.stringify(AUTHORING_KEY)})];\nexport const { ${Object.keys(AUTHORING).join(", ")} } = own;`,
    }));
  },
};

/**
 * Bundles modules, TypeScript or JavaScript, with the packages that they use; code that several share is there once. What
 * does not build is a fault, and does not hinder the others.
 */
export async function buildModules(sources: string[], folder: string): Promise<BuiltModules> {
  // Next must not look into it, and a plain process needs it only when there is something to build.
  const { build, stop } = await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ "esbuild");
  building += 1;
  try {
    return await buildWith(build, sources, folder);
  } finally {
    building -= 1;
    // Its own process would stay for as long as we run.
    if (building === 0) await stop();
  }
}

async function buildWith(build: typeof Build, sources: string[], folder: string): Promise<BuiltModules> {
  const bundle = (files: string[]) =>
    build({
      entryPoints: files.map((file) => ({ in: file, out: `module-${sources.indexOf(file)}` })),
      absWorkingDir: folder,
      outdir: folder,
      write: false,
      bundle: true,
      splitting: true,
      platform: "node",
      format: "esm",
      target: "node20",
      outExtension: { ".js": ".mjs" },
      sourcemap: "inline",
      sourcesContent: false,
      // It is written elsewhere.
      sourceRoot: `${folder}/`,
      logLevel: "silent",
      banner: { js: REQUIRE },
      plugins: [batuta],
    });
  const { sound, faults } = await soundOf(sources, folder, bundle);
  if (sound.length === 0) return { outputs: [], entries: [], faults };
  const { outputFiles } = await bundle(sound);
  return {
    outputs: outputFiles.map(({ path, text }) => ({ name: path.slice(folder.length + 1), text })),
    entries: sound.map((source) => ({ source, output: `module-${sources.indexOf(source)}.mjs` })),
    faults,
  };
}

/** All at once when they build; else one by one, to tell the sound ones from those with faults. */
async function soundOf(
  sources: string[],
  folder: string,
  bundle: (files: string[]) => Promise<unknown>,
): Promise<{ sound: string[]; faults: OwnCodeFault[] }> {
  if (sources.length === 0 || (await failureOf(() => bundle(sources))) === null) return { sound: sources, faults: [] };
  const sound: string[] = [];
  const faults = new Map<string, OwnCodeFault>();
  for (const source of sources) {
    const errors = await failureOf(() => bundle([source]));
    if (errors === null) sound.push(source);
    // A fault in what two modules share is one fault.
    for (const error of errors ?? []) {
      const fault = faultOf(error, source, folder);
      faults.set(`${fault.file} ${fault.message}`, fault);
    }
  }
  return { sound, faults: [...faults.values()] };
}

async function failureOf(work: () => Promise<unknown>): Promise<Message[] | null> {
  try {
    await work();
    return null;
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (!Array.isArray(errors)) throw error;
    return errors;
  }
}

function faultOf({ text, location }: Message, source: string, folder: string): OwnCodeFault {
  const place = location
    ? `${location.namespace === "file" || location.namespace === "" ? `${folder}/` : ""}${location.file}:${location.line}:${location.column + 1}`
    : source;
  return { file: place, message: text, fix: "Mend the line; the file is read as an ES module" };
}
