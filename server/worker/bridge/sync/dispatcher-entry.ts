import { pathToFileURL } from "node:url";
import { builtEntry } from "@/server/built-entry";
import { BridgeError } from "../bridge-error";

/** The built `main.ts`. Throws BRIDGE_UNAVAILABLE when there is none. */
export function dispatcherEntry(): URL {
  const source = "server/worker/bridge/sync/main.ts";
  try {
    return pathToFileURL(builtEntry({ file: "bridge-dispatcher.js", source, from: import.meta.url }));
  } catch (cause) {
    throw new BridgeError("BRIDGE_UNAVAILABLE", `The thread's program cannot be had: ${String(cause)}`, {}, { cause });
  }
}
