import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { isJsonObject } from "@/lib/json";
import type { DefinedBlueprint } from "@/server/engine/blueprint/define";
import { BlueprintSourceError, readBlueprintSource } from "@/server/engine/blueprint/source";
import { parseBlueprint } from "@/server/engine/blueprint/validate";
import { loadModules } from "./load-modules";
import { OwnCodeError, type OwnCodeFault } from "./own-code-error";
import { readFolder } from "./read-folder";

/** A blueprint of a folder, with the file that it is in. */
export interface OwnBlueprint extends DefinedBlueprint {
  file: string;
  revision: string;
}

export interface OwnBlueprintsOptions {
  folder: string;
  /** Where built modules are kept. */
  cacheFolder: string;
  /** Names of blueprints that are there already. */
  taken: readonly string[];
  /** The folder holds task functions as well: a module without a blueprint is no fault. */
  mixed?: boolean;
}

const VARIABLE = "BLUEPRINTS_DIR";

/**
 * Reads every blueprint of a folder: documents in JSON and YAML, and modules that export what `defineBlueprint` gives.
 * Throws an OwnCodeError that names every fault with its file and what mends it.
 */
export async function ownBlueprints(options: OwnBlueprintsOptions): Promise<OwnBlueprint[]> {
  const files = readFolder(options.folder, VARIABLE);
  const { modules, revision, faults } = await loadModules(files.modules, options.folder, options.cacheFolder);
  const found: OwnBlueprint[] = [];
  for (const file of files.documents) found.push(...documentOf(file, faults));
  for (const { file, exports } of modules) {
    const blueprints = Object.values(exports).flat().filter(isDefinedBlueprint);
    if (blueprints.length === 0 && !options.mixed) faults.push(noBlueprint(file));
    for (const one of new Set(blueprints)) found.push({ ...one, file, revision });
  }
  faults.push(...clashes(found, options.taken));
  if (faults.length > 0) throw new OwnCodeError(VARIABLE, faults);
  return found;
}

function documentOf(file: string, faults: OwnCodeFault[]): OwnBlueprint[] {
  try {
    const type = extname(file) === ".json" ? "application/json" : "application/yaml";
    const source = readBlueprintSource(readFileSync(file, "utf8"), type);
    const named = !isJsonObject(source) || source.name !== undefined;
    const name = named ? undefined : basename(file, extname(file));
    const parsed = parseBlueprint(source, { allowHandlers: false, name });
    if (parsed.ok) return [{ document: parsed.document, handlers: {}, dataStores: {}, file, revision: "document" }];
    for (const { state, key, message, fix } of parsed.problems) {
      const place = [state, key].filter((part) => part).join(", ");
      faults.push({ file, message: place === "" ? message : `${place}: ${message}`, fix });
    }
  } catch (error) {
    if (!(error instanceof BlueprintSourceError)) {
      const message = error instanceof Error ? error.message : String(error);
      faults.push({ file, message, fix: "Let this process read the file" });
      return [];
    }
    const at = error.place ? `:${error.place.line}:${error.place.column}` : "";
    faults.push({ file: `${file}${at}`, message: error.message, fix: error.fix });
  }
  return [];
}

function isDefinedBlueprint(value: unknown): value is DefinedBlueprint {
  if (typeof value !== "object" || value === null) return false;
  const { document, handlers, dataStores } = value as Partial<DefinedBlueprint>;
  return [document, handlers, dataStores].every((part) => typeof part === "object" && part !== null);
}

function noBlueprint(file: string): OwnCodeFault {
  return {
    file,
    message: "it exports no blueprint",
    fix: "Export what defineBlueprint() gives, or begin the file's name with _ when it only helps others",
  };
}

function clashes(found: OwnBlueprint[], taken: readonly string[]): OwnCodeFault[] {
  const files = new Map<string, string>(taken.map((name) => [name, "Batuta itself"]));
  return found.flatMap(({ document: { name }, file }) => {
    const other = files.get(name);
    files.set(name, other ?? file);
    const fix = "Give one of them another name";
    return other === undefined ? [] : [{ file, message: `the name ${name} is taken by a blueprint of ${other}`, fix }];
  });
}
