import type { JobEvent } from "@/lib/job-event";
import type { Database } from "@/server/store/database";
import { addReputation } from "@/server/store/reputation";
import type { TurnLog } from "../turn-log";

/** What the results of workers cost them, and earn them. */
export interface ReputationRules {
  contractViolation: number;
  failure: number;
  success: number;
}

const FLUSH_EVERY_MS = 1_000;
/** Failures that are the worker's own: repeating them elsewhere is no cure. */
const PERMANENT = new Set(["PERMANENT_ERROR", "SECURITY_ERROR", "DEPENDENCY_ERROR"]);
const VIOLATIONS = new Set(["CONTRACT_VIOLATION", "CONTRACT_VIOLATION_ERROR"]);

/** Adds up what committed results mean for their workers, and writes it once a second. What a crash loses is little. */
export class ReputationLedger {
  private deltas = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    private readonly rules: ReputationRules,
    private readonly log: TurnLog,
  ) {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS);
    this.timer.unref();
  }

  /** Committed events of a job. */
  note(events: readonly JobEvent[]): void {
    for (const event of events) {
      if (event.kind === "task_finished") this.add(event.data.worker, this.rules.success);
      else if (event.kind === "task_failed" && event.data.outcome !== undefined) {
        const { code, worker } = event.data;
        if (VIOLATIONS.has(code)) this.add(worker, -this.rules.contractViolation);
        else if (PERMANENT.has(code)) this.add(worker, -this.rules.failure);
      }
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  private add(worker: string | undefined, delta: number): void {
    if (worker !== undefined && delta !== 0) this.deltas.set(worker, (this.deltas.get(worker) ?? 0) + delta);
  }

  private async flush(): Promise<void> {
    if (this.deltas.size === 0) return;
    const deltas = this.deltas;
    this.deltas = new Map();
    try {
      await addReputation(this.database, deltas);
    } catch (error) {
      this.log.warn("reputations could not be written; what a second's results mean for them is lost", { error });
    }
  }
}
