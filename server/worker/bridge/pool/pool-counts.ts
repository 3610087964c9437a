import type { KillReason, PoolEvent, RecycleReason } from "./pool-options";
import type { Run } from "./run";

/** Counts what happens in a pool, and tells it to whoever keeps metrics and logs. */
export class PoolCounts {
  started = 0;
  droppedLogs = 0;
  private readonly kills: Record<string, number> = {};
  private readonly recycles: Record<string, number> = {};
  private lastReason: string | null = null;

  constructor(private readonly tell: (event: PoolEvent) => void) {}

  since() {
    return {
      started: this.started,
      kills: { ...this.kills },
      recycles: { ...this.recycles },
      droppedLogs: this.droppedLogs,
    };
  }

  killed(slot: number, reason: KillReason, run: Run | null): void {
    this.kills[reason] = (this.kills[reason] ?? 0) + 1;
    this.tell({ kind: "killed", slot, reason, ...names(run) });
  }

  recycled(slot: number, reason: RecycleReason): void {
    this.recycles[reason] = (this.recycles[reason] ?? 0) + 1;
    this.tell({ kind: "recycled", slot, reason });
  }

  leaked(slot: number, error: Error): void {
    this.tell({ kind: "fault", slot, error });
    this.recycled(slot, "leaked");
  }

  zombie(slot: number, run: Run | null): void {
    this.tell({ kind: "zombie", slot, ...names(run) });
  }

  spawnFailed(slot: number, error: Error): void {
    this.tell({ kind: "spawn-failed", slot, error });
  }

  /** Tells only what is news. */
  availability(reason: string | null): void {
    if ((reason === null) === (this.lastReason === null)) return;
    this.lastReason = reason;
    this.tell({ kind: "unavailable", reason });
  }
}

function names(run: Run | null): { task: string | null; executionId: string | null } {
  return { task: run?.request.task.name ?? null, executionId: run?.request.id ?? null };
}
