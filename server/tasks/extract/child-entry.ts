import { builtEntry } from "@/server/built-entry";

/** The file that the child runs: `extract-child.js` beside the worker's bundle, or bundled from the sources. */
export function childEntry(): string {
  return builtEntry({ file: "extract-child.js", source: "server/tasks/extract/main.ts", from: import.meta.url });
}
