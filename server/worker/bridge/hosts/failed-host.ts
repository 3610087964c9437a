import type { SlotSettings } from "../messages";
import type { HostEvents, SlotHost } from "./slot-host";

export type StartHost = (settings: SlotSettings, events: HostEvents) => SlotHost;

/** The same start, but what it throws comes through `onExit` as every other failed start does. */
export function neverThrowing(start: StartHost): StartHost {
  return (settings, events) => {
    try {
      return start(settings, events);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      queueMicrotask(() =>
        events.onExit({ exitCode: null, signal: null, outOfMemory: false, error, abandoned: false }),
      );
      return { threadId: null, pid: null, post: () => undefined, kill: () => undefined, residentBytes: () => null };
    }
  };
}
