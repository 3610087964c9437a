import { readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { OwnCodeError } from "./own-code-error";

const DOCUMENTS = new Set([".json", ".yaml", ".yml"]);
const MODULES = new Set([".js", ".mjs", ".ts", ".mts"]);
/** Of the project that the folder may be, not of the blueprints. */
const NOT_OURS = /^(package(-lock)?|tsconfig(\..*)?|jsconfig|biome)\.json$|\.d\.m?ts$|\.(test|spec)\.m?[jt]s$/;

export interface FolderFiles {
  /** JSON and YAML. */
  documents: string[];
  /** JavaScript and TypeScript. */
  modules: string[];
}

/**
 * The files of a folder and its subfolders, as absolute paths in alphabetical order. What begins with `.` or `_` is left
 * out, so that modules can share code in `_shared.ts`; so are `node_modules`, tests and type declarations. Links are
 * followed. Throws an OwnCodeError when there is no such folder.
 */
export function readFolder(folder: string, variable: string): FolderFiles {
  const found: FolderFiles = { documents: [], modules: [] };
  const fault = folderFault(folder);
  if (fault) throw new OwnCodeError(variable, [{ file: folder, message: fault, fix: `Set ${variable} to a folder` }]);
  walk(folder, found);
  return found;
}

function folderFault(folder: string): string | null {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats === undefined ? "there is no such folder" : stats.isDirectory() ? null : "this is no folder";
}

function walk(folder: string, found: FolderFiles): void {
  for (const name of readdirSync(folder).sort()) {
    if (/^[._]/.test(name) || name === "node_modules") continue;
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) walk(path, found);
    if (!stats?.isFile() || NOT_OURS.test(name)) continue;
    if (DOCUMENTS.has(extname(name))) found.documents.push(path);
    if (MODULES.has(extname(name))) found.modules.push(path);
  }
}
