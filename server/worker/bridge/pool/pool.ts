import { hostname } from "node:os";
import type { Execution, ExecutionRequest, Executor, ExecutorStats, SlotState } from "../executor";
import { neverThrowing, type StartHost } from "../hosts/failed-host";
import type { Isolation } from "../isolation";
import { closeRuns } from "./close-runs";
import { PoolCounts } from "./pool-counts";
import { type KillReason, type PoolOptions, type PoolSettings, poolSettings } from "./pool-options";
import { PoolWatch } from "./pool-watch";
import { recycleReason } from "./recycling";
import { refusalOf } from "./refusal";
import { Run, type RunOwner } from "./run";
import { RunLine } from "./run-line";
import type { Slot, SlotOwner } from "./slot";
import { SlotSet } from "./slot-set";

/** Gives executions to slots of one isolation, first come first served, and keeps the slots warm for the next. */
export class Pool implements Executor, RunOwner, SlotOwner {
  readonly settings: PoolSettings;
  readonly host = hostname();
  private readonly counts: PoolCounts;
  private readonly line = new RunLine();
  private readonly set: SlotSet;
  private readonly inFlight = new Set<Run>();
  private readonly watch: PoolWatch;
  private lastRun = 0;
  private closing: Promise<{ finished: number; cancelled: number; killed: number }> | undefined;

  constructor(
    readonly isolation: Isolation,
    options: PoolOptions,
    startHost: StartHost,
  ) {
    this.settings = poolSettings(isolation, options);
    this.counts = new PoolCounts(this.settings.onEvent);
    this.set = new SlotSet(this.settings, this.counts, this, neverThrowing(startHost));
    this.watch = new PoolWatch(this.settings, () => this.set.values());
  }

  execute(request: ExecutionRequest): Execution {
    const run = new Run(++this.lastRun, request, this);
    const now = { closing: this.closing !== undefined, waiting: this.line.size };
    const refusal = refusalOf(request, now, this.settings);
    if (refusal) {
      run.fail(refusal);
      run.finish("ended");
      return run;
    }
    if (this.inFlight.size === 0) this.watch.start();
    this.inFlight.add(run);
    const slot = this.set.warmest();
    if (slot) this.give(slot, run);
    else {
      this.line.push(run);
      this.serveLine();
    }
    if (this.settings.spare) this.set.startSpare();
    return run;
  }

  slots(): SlotState[] {
    return this.set.states();
  }

  stats(): ExecutorStats {
    const waiting = this.line.size;
    return {
      ...this.counts.since(),
      zombies: this.set.zombies(),
      maxZombies: this.settings.maxZombies,
      waiting,
      running: this.inFlight.size - waiting,
      unavailable: this.set.unavailable(),
    };
  }

  close({ drainMs }: { drainMs: number }): Promise<{ finished: number; cancelled: number; killed: number }> {
    this.closing ??= this.shutDown(drainMs);
    return this.closing;
  }

  leftLine(): void {
    this.line.gone();
  }

  ended(run: Run): void {
    if (this.inFlight.delete(run) && this.inFlight.size === 0) this.watch.stop();
  }

  onReady(slot: Slot): void {
    this.set.ready(slot);
    this.onRoom(slot);
  }

  onRoom(slot: Slot): void {
    const reason = slot.full ?? recycleReason(slot, this.settings);
    if (reason !== null) {
      slot.takesNoMore(reason);
      this.set.changed();
      if (slot.runs.size === 0) {
        this.counts.recycled(slot.no, reason);
        slot.retire();
        this.set.changed();
        this.replace();
      }
    }
    while (slot.hasRoom) {
      const run = this.line.shift();
      if (run === undefined) break;
      this.give(slot, run);
    }
    this.set.update(slot);
  }

  onKilled(slot: Slot, reason: KillReason, culprit: Run | null): void {
    this.set.changed();
    this.counts.killed(slot.no, reason, culprit);
    this.replace();
  }

  onStartFailed(slot: Slot, error: Error): void {
    this.set.startFailed(slot, error);
    this.serveLine();
  }

  onLeak(slot: Slot, error: Error): void {
    this.counts.leaked(slot.no, error);
    slot.retire();
    this.set.changed();
    this.replace();
  }

  onZombie(slot: Slot, culprit: Run | null): void {
    this.set.changed();
    this.counts.zombie(slot.no, culprit);
    this.counts.availability(this.set.unavailable());
    this.serveLine();
  }

  onGone(slot: Slot, neverReady: Error | null): void {
    this.set.gone(slot, neverReady);
    this.serveLine();
  }

  giveBack(run: Run): void {
    run.stopTimer();
    run.slot = null;
    if (run.stop !== null) {
      run.fail(run.stopError({ phase: "soft" }));
      return run.finish("ended");
    }
    run.phase = "waiting";
    this.line.unshift(run);
  }

  onDroppedLogs(count: number): void {
    this.counts.droppedLogs += count;
  }

  private give(slot: Slot, run: Run): void {
    this.counts.started++;
    slot.assign(run);
    this.set.update(slot);
  }

  /** The next task is not to wait for a start. */
  private replace(): void {
    this.serveLine();
    if (!this.closing) this.set.startSpare();
  }

  private serveLine(): void {
    if (this.closing) return;
    // Who was given back may find room at once.
    for (let slot = this.set.warmest(); slot && this.line.size > 0; slot = this.set.warmest()) {
      const run = this.line.shift();
      if (run) this.give(slot, run);
    }
    const error = this.set.startFor(this.line.size);
    if (error === null) return;
    this.line.failAll(() => error);
  }

  private async shutDown(drainMs: number): Promise<{ finished: number; cancelled: number; killed: number }> {
    const running = [...this.inFlight].filter((run) => !run.waiting);
    const ends = await closeRuns(this.line, running, drainMs);
    await this.set.endAll();
    return ends;
  }
}
