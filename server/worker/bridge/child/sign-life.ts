import { performance } from "node:perf_hooks";
import type { SlotPort, SlotSettings } from "../messages";
import { memoryUse, type TaskRuns } from "./task-runs";

/** Signs of life and memory use while something runs; a loop that is blocked gives none, and that is what they tell. */
export function signLife(port: SlotPort, runs: TaskRuns, settings: SlotSettings): void {
  let everyMs = settings.beatMs;
  let timer: NodeJS.Timeout | undefined;
  let due = 0;
  const beat = () => {
    const now = performance.now();
    if (runs.size === 0) return stop();
    port.post({ kind: "beat", loopLagMs: Math.max(0, now - due), memory: memoryUse() });
    due = now + everyMs;
  };
  const start = (ms: number) => {
    clearInterval(timer);
    everyMs = ms;
    due = performance.now() + ms;
    timer = setInterval(beat, ms);
    timer.unref();
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  runs.onBusy = (beatMs) => {
    const ms = Math.min(beatMs ?? settings.beatMs, settings.beatMs);
    if (timer === undefined || ms < everyMs) start(ms);
  };
}
