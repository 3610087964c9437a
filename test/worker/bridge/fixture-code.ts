import { pathToFileURL } from "node:url";
import { builtEntry } from "@/server/built-entry";
import type { TaskCode } from "@/server/worker/bridge/executor";

/** How a child finds a fixture task: in a bundle of them, for it runs on Node alone. */
export function fixtureCode(name: string): TaskCode {
  const source = "test/worker/bridge/fixture-tasks.ts";
  const path = builtEntry({ file: "bridge-fixture-tasks.js", source, from: import.meta.url });
  return { name, module: pathToFileURL(path).href, exportName: null };
}
