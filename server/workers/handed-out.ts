import { attemptIdOf } from "@/lib/job-event";
import type { HandedTask } from "./waiting-polls";

interface Entry {
  task: HandedTask;
  timer: NodeJS.Timeout | null;
}

/** Hand-outs remembered at most; the oldest are forgotten first, which only costs a look into the database. */
const MOST_REMEMBERED = 100_000;

/**
 * What this process handed out, by attempt id: who holds it, and the timer that reports its start when it
 * is not finished soon.
 */
export class HandedOut {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly startReportMs: number,
    private readonly reportStart: (task: HandedTask) => void,
  ) {}

  add(task: HandedTask): void {
    const { jobId, no, fence } = task.message;
    const id = attemptIdOf(jobId, no, fence);
    this.forget(id);
    const entry: Entry = { task, timer: null };
    entry.timer = setTimeout(() => {
      entry.timer = null;
      this.reportStart(task);
    }, this.startReportMs);
    entry.timer.unref();
    this.entries.set(id, entry);
    if (this.entries.size > MOST_REMEMBERED) this.forget(this.entries.keys().next().value as string);
  }

  /** Who holds the attempt, as far as this process knows. */
  holderOf(attemptId: string): HandedTask | undefined {
    return this.entries.get(attemptId)?.task;
  }

  /** The attempt is over, or was given back. */
  forget(attemptId: string): void {
    const entry = this.entries.get(attemptId);
    if (entry?.timer) clearTimeout(entry.timer);
    this.entries.delete(attemptId);
  }

  clear(): void {
    for (const id of [...this.entries.keys()]) this.forget(id);
  }
}
