import { pathToFileURL } from "node:url";
import { builtEntry } from "@/server/built-entry";

/** The built `child/main.ts`: a slot that imports each task from the task's own module. */
export function bridgeEntry(): URL {
  const from = import.meta.url;
  return pathToFileURL(builtEntry({ file: "bridge-child.js", source: "server/worker/bridge/child/main.ts", from }));
}
