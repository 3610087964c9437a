import { pathToFileURL } from "node:url";
import { builtEntry } from "@/server/built-entry";
import { BridgeError } from "../bridge-error";
import { bridgeEntry } from "../hosts/bridge-entry";

/** The built `main.ts`. Throws BRIDGE_UNAVAILABLE when there is none. */
export function dispatcherEntry(): URL {
  const source = "server/worker/bridge/sync/main.ts";
  const from = import.meta.url;
  return orUnavailable(() => pathToFileURL(builtEntry({ file: "bridge-dispatcher.js", source, from })));
}

/** What runs the tasks that run apart: told by the caller, since a dispatcher does not know where it was built from. */
export function slotEntry(): string {
  return orUnavailable(() => bridgeEntry().href);
}

function orUnavailable<T>(find: () => T): T {
  try {
    return find();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BridgeError("BRIDGE_UNAVAILABLE", `The thread's program cannot be had: ${why}`, {}, { cause });
  }
}
