import { pathToFileURL } from "node:url";
import { builtEntry } from "@/server/built-entry";

/** Path of a file of this folder, bundled: threads run it without any loader. */
export function builtPath(name: string): string {
  return builtEntry({ file: `bench-${name}.js`, source: `test/bench/bridge/${name}.ts`, from: import.meta.url });
}

/** The tasks, as a program that is built has them. */
export async function benchTasks(): Promise<typeof import("./tasks")> {
  return (await import(pathToFileURL(builtPath("tasks")).href)) as typeof import("./tasks");
}
