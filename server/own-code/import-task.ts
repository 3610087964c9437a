import type { DefinedTask } from "./authoring";
import { definedTask } from "./defined-task";
import { giveAuthoring } from "./load-modules";

/**
 * Imports the task of a module by the name of its export; a function by itself gets `name` as its type. Null: what is
 * exported there is no task. Rejects with what the module throws while it loads.
 */
export async function importTask(module: string, exportName: string, name: string): Promise<DefinedTask | null> {
  giveAuthoring();
  const exports = (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ module)) as Record<
    string,
    unknown
  >;
  return definedTask(exports[exportName], name);
}
