import { setTimeout as sleep } from "node:timers/promises";
import type { Signal } from "@/server/engine/signal";
import type { EngineQueue, ReceivedSignal } from "@/server/queue/contract";
import { partitionOf } from "@/server/queue/partition";
import type { Partitions } from "./partitions";
import type { TurnLane } from "./turn-lane";
import type { TurnLog } from "./turn-log";

/** Signals that may wait in lanes before reading pauses: backpressure stays in the queue, not in this process. */
const MAX_WAITING = 1_500;
const READ_LIMIT = 500;
const READ_WAIT_MS = 2_000;

/** Takes the signals of this engine's partitions and hands them to its lanes. */
export class SignalReader {
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly queue: EngineQueue,
    private readonly partitions: Partitions,
    private readonly lanes: TurnLane[],
    private readonly laneOf: (jobId: string) => TurnLane,
    private readonly log: TurnLog,
  ) {}

  start(): void {
    this.running = this.loop();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  /** Hands signals of our partitions to the lanes at once, and sends the others to the engines that own them. */
  inject(signals: Signal[]): void {
    const owned = new Set(this.partitions.owned());
    const foreign: Signal[] = [];
    for (const signal of signals) {
      if (owned.has(partitionOf(signal.jobId)))
        this.laneOf(signal.jobId).push([{ signal, receipt: null, waiter: null, lost: 0 }]);
      else foreign.push(signal);
    }
    if (foreign.length === 0) return;
    this.queue
      .sendSignals(foreign)
      .catch((error: unknown) => this.log.warn("signals could not be sent; they will be made again", { error }));
  }

  /** True while the lanes have as much as they should: the queue keeps the rest. */
  get full(): boolean {
    return this.waiting > MAX_WAITING;
  }

  private get waiting(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.waiting, 0);
  }

  deliver(received: ReceivedSignal[]): void {
    for (const { signal, receipt } of received) {
      this.laneOf(signal.jobId).push([{ signal, receipt, waiter: null, lost: 0 }]);
    }
  }

  private async loop(): Promise<void> {
    while (!this.stopped) {
      const owned = this.partitions.owned();
      if (owned.length === 0 || this.full) {
        await sleep(this.full ? 5 : 100);
        continue;
      }
      try {
        this.deliver(await this.queue.takeSignals(owned, READ_LIMIT, READ_WAIT_MS));
      } catch (error) {
        this.log.warn("reading signals failed; trying again", { error });
        await sleep(500);
      }
    }
  }
}
