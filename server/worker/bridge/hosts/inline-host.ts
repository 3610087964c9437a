import { type LoadTask, TaskRuns } from "../child/task-runs";
import { type FromSlot, PROTOCOL_VERSION, type SlotSettings } from "../messages";
import type { HostEvents, SlotHost } from "./slot-host";

/** A slot in this very loop: what runs in it can be told to stop, and left to itself, but not ended. */
export function startInline(load: LoadTask, settings: SlotSettings, events: HostEvents): SlotHost {
  let over = false;
  const tell = (message: FromSlot) => queueMicrotask(() => over || events.onMessage(message));
  const runs = new TaskRuns({ post: tell, onMessage: () => undefined }, load, settings);
  tell({ kind: "ready", version: PROTOCOL_VERSION });
  return {
    threadId: 0,
    pid: process.pid,
    post: (message) => queueMicrotask(() => over || runs.handle(message)),
    kill: () => {
      if (over) return;
      over = true;
      queueMicrotask(() =>
        events.onExit({ exitCode: null, signal: null, outOfMemory: false, error: null, abandoned: true }),
      );
    },
    residentBytes: () => null,
  };
}
