import { attemptIdOf } from "@/lib/job-event";
import type { Signal } from "@/server/engine/signal";

/** For so long a report may lie in a stream before its engine has committed it, with a good deal to spare. */
const DOUBTFUL_MS = 30_000;
const MOST_KEPT = 5_000;

/**
 * Reports through the streams that nothing else would make good: of tasks whose start was reported. Their deliveries are
 * settled, and their rows say that they run, so that a report lost with Redis would leave them waiting for ever.
 */
export class StartedReports {
  private readonly starts = new Map<string, Signal>();
  private ends: { signal: Signal; at: number }[] = [];

  /** These were sent. An end without a receipt is one whose delivery was settled by its start. */
  reported(reports: { signal: Signal; receipt: string | null }[]): void {
    const now = performance.now();
    for (const { signal, receipt } of reports) {
      if (signal.kind === "task_started") this.starts.set(idOf(signal), signal);
      if (signal.kind !== "task_result" && signal.kind !== "delivery_lost") continue;
      this.starts.delete(idOf(signal));
      if (receipt === null) this.ends.push({ signal, at: now });
    }
    const tooOld = this.ends.findIndex(({ at }) => now - at < DOUBTFUL_MS);
    this.ends = this.ends.slice(Math.max(tooOld < 0 ? this.ends.length : tooOld, this.ends.length - MOST_KEPT));
  }

  /** All starts of what still runs, and the ends of the last half minute. */
  doubtful(): Signal[] {
    const now = performance.now();
    return [...this.starts.values(), ...this.ends.filter(({ at }) => now - at < DOUBTFUL_MS).map((end) => end.signal)];
  }
}

function idOf({ jobId, no, fence }: { jobId: string; no: number; fence: number }): string {
  return attemptIdOf(jobId, no, fence);
}
