import type { TransportView } from "@/server/queue/contract";
import type { RedisPulse } from "@/server/queue/redis-pulse";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";

const EVERY_MS = 1_000;
const BEAT_WAIT_MS = 1_000;
/** One answer that is late may be a busy machine. */
const SILENT_AFTER_MISSED = 2;

type Mode = TransportView["mode"];

export interface TransportWatchOptions {
  /** The row of the table `transport`. Rejects when Postgres does not answer: then what was read last holds. */
  readRow: () => Promise<{ mode: Mode; epoch: string }>;
  /** Null in a process without Redis. */
  pulse: RedisPulse | null;
  onTrouble?: TroubleListener;
}

/** Follows the row of the transport and Redis itself, about once a second, and tells those who listen. */
export class TransportWatch implements TransportView {
  private row: { mode: Mode; epoch: string } = { mode: "redis", epoch: "0" };
  private answers: boolean;
  private since = performance.now();
  private missed = 0;
  private life: string | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly busy = new Map<string, Promise<void>>();
  private readonly listeners = new Set<() => void>();
  private readonly tell: TroubleListener;

  constructor(private readonly options: TransportWatchOptions) {
    // Until the first beats say otherwise Redis is taken to be there: its connections know better in any case.
    this.answers = options.pulse !== null;
    this.row = { mode: options.pulse ? "redis" : "postgres", epoch: "0" };
    this.tell = quietTrouble(options.onTrouble);
  }

  get mode(): Mode {
    return this.row.mode;
  }

  get epoch(): string {
    return this.row.epoch;
  }

  get configured(): boolean {
    return this.options.pulse !== null;
  }

  get redis(): { answers: boolean; forMs: number } {
    return { answers: this.answers, forMs: performance.now() - this.since };
  }

  /** True while messages of this process travel through Redis. */
  get usable(): boolean {
    return this.mode === "redis" && this.answers;
  }

  /** Which life of Redis was seen last; another than before means that it was emptied in between. */
  get redisLife(): string | null {
    return this.life;
  }

  /** Reads the row before it resolves, unless Postgres is away, and follows from then on. */
  async start(): Promise<void> {
    this.timer ??= setInterval(() => void this.look(), EVERY_MS);
    this.timer.unref();
    await this.look();
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await Promise.all(this.busy.values());
    this.options.pulse?.close();
  }

  /** Calls the listener after each change of the mode, of Redis' answering or of its life. Returns how to end that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Resolves as soon as messages no longer travel through Redis here (`unusable`), or Redis does not answer whatever the
   * mode (`silent`); at once when that is so now. Call `forget` when nobody waits for it any more.
   */
  when(what: "unusable" | "silent"): { promise: Promise<void>; forget: () => void } {
    const isSo = () => (what === "silent" ? !this.answers : !this.usable);
    if (isSo()) return { promise: Promise.resolve(), forget: () => undefined };
    let forget = (): void => undefined;
    const promise = new Promise<void>((resolve) => {
      forget = this.onChange(() => {
        if (isSo()) resolve();
      });
    });
    return { promise, forget: () => forget() };
  }

  async refresh(): Promise<void> {
    const row = await this.options.readRow();
    const changed = row.mode !== this.row.mode;
    this.row = row;
    if (changed) this.changed();
  }

  async forgetTasks(): Promise<void> {
    if (!this.options.pulse) throw new Error("There is no Redis");
    await this.options.pulse.forgetTasks();
  }

  private async look(): Promise<void> {
    const readRow = () =>
      this.refresh().catch((error: unknown) => this.tell("The transport's row could not be read", error));
    // Each on its own: a Postgres that hangs must not hide what Redis does, nor the other way round.
    await Promise.all([this.unlessBusy("row", readRow), this.unlessBusy("pulse", () => this.feel())]);
  }

  private unlessBusy(what: string, work: () => Promise<void>): Promise<void> {
    const under = this.busy.get(what);
    if (under) return under;
    const started = work().finally(() => this.busy.delete(what));
    this.busy.set(what, started);
    return started;
  }

  private async feel(): Promise<void> {
    const { pulse } = this.options;
    if (!pulse) return;
    const beat = await pulse.beat(BEAT_WAIT_MS);
    this.missed = beat.answers ? 0 : this.missed + 1;
    const answers = beat.answers || (this.answers && this.missed < SILENT_AFTER_MISSED);
    const changed = answers !== this.answers;
    if (changed) this.since = performance.now();
    this.answers = answers;
    const emptied = beat.answers && beat.life !== null && beat.life !== this.life;
    if (beat.answers && beat.life !== null) this.life = beat.life;
    if (changed || emptied) this.changed();
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
