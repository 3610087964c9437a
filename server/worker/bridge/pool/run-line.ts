import { BridgeError } from "../bridge-error";
import type { Run } from "./run";
import { WaitingLine } from "./waiting-line";

/** The runs that wait for a place, each at most as long as its request says. */
export class RunLine {
  private readonly line = new WaitingLine<Run>();

  get size(): number {
    return this.line.size;
  }

  push(run: Run): void {
    this.line.push(run);
    const { queueTtlMs, task } = run.request;
    if (queueTtlMs === undefined) return;
    run.startTimer(queueTtlMs, () => {
      if (!run.waiting) return;
      const message = `${task.name} waited ${queueTtlMs} ms for a slot`;
      run.fail(new BridgeError("QUEUE_TTL_EXPIRED", message, { limitMs: queueTtlMs }));
      this.line.gone();
      run.finish("ended");
    });
  }

  /** Before all others: it had its turn already. */
  unshift(run: Run): void {
    this.line.unshift(run);
  }

  shift(): Run | undefined {
    return this.line.shift();
  }

  /** A run ceased to wait by itself. */
  gone(): void {
    this.line.gone();
  }

  /** Ends the waiting of all. */
  failAll(errorOf: (run: Run) => Error): number {
    const all = this.line.drain();
    for (const run of all) {
      run.fail(errorOf(run));
      run.finish("ended");
    }
    return all.length;
  }
}
