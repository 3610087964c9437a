import type { HistoryEvent } from "@/lib/job-event";
import type { Log } from "@/server/log";
import type { Database } from "@/server/store/database";
import { readNewEvents } from "@/server/store/reads/history";
import type { LiveListener } from "./live-listener";
import { encodeMessage } from "./sse";

/** Events read per job at a time; there may be more, which are read next. */
const MOST_PER_READ = 1_000;

/**
 * Brings the events of watched jobs to those who watch them, in order, without gap or repetition: they are always read
 * from the table, from the last number that was sent on.
 */
export class JobEventFeed {
  /** Up to where the events of a watched job have been read for all. */
  private readonly read = new Map<string, number>();
  private readonly changedJobs = new Set<string>();
  private running: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly listeners: ReadonlySet<LiveListener>,
    private readonly cursor: () => { system: string; horizon: string },
    private readonly log: Log,
  ) {}

  /** Some of these jobs have new events. */
  changed(jobIds: readonly string[]): void {
    const watched = this.watched();
    for (const id of jobIds) if (watched.has(id)) this.changedJobs.add(id);
    if (this.changedJobs.size > 0) this.run();
  }

  /** Sends one listener everything that it lacks of a job. */
  async catchUp(listener: LiveListener, jobId: string): Promise<void> {
    if (listener.catchingUp.has(jobId)) return;
    listener.catchingUp.add(jobId);
    try {
      while (listener.open) {
        const seq = listener.seqs.get(jobId) ?? 0;
        const events =
          (await readNewEvents(this.database.pool, [{ jobId, afterSeq: seq }], MOST_PER_READ)).get(jobId) ?? [];
        const { system, horizon } = this.cursor();
        listener.sendEvents(system, horizon, jobId, events, () => encodeMessage("events", { job_id: jobId, events }));
        if (events.length < MOST_PER_READ) return;
      }
    } finally {
      listener.catchingUp.delete(jobId);
    }
  }

  /** Resolves when nothing is being read. */
  async idle(): Promise<void> {
    await this.running;
  }

  private run(): void {
    this.running ??= this.drain().finally(() => {
      this.running = null;
      if (this.changedJobs.size > 0) this.run();
    });
  }

  private async drain(): Promise<void> {
    const watched = this.watched();
    for (const id of this.read.keys()) if (!watched.has(id)) this.read.delete(id);
    const asked = [...this.changedJobs]
      .filter((id) => watched.has(id))
      .map((jobId) => ({ jobId, afterSeq: this.read.get(jobId) ?? watched.get(jobId) ?? 0 }));
    this.changedJobs.clear();
    if (asked.length === 0) return;
    try {
      const found = await readNewEvents(this.database.pool, asked, MOST_PER_READ);
      for (const [jobId, events] of found) this.deliver(jobId, events);
    } catch (error) {
      this.log.warn("reading the events of watched jobs failed; their streams are closed and will resume", { error });
      for (const listener of [...this.listeners])
        if (asked.some(({ jobId }) => listener.seqs.has(jobId))) listener.close();
    }
  }

  private deliver(jobId: string, events: readonly HistoryEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.read.set(jobId, last.seq);
    if (events.length >= MOST_PER_READ) this.changedJobs.add(jobId);
    let encoded: Uint8Array | undefined;
    const shared = () => {
      encoded ??= encodeMessage("events", { job_id: jobId, events });
      return encoded;
    };
    const { system, horizon } = this.cursor();
    for (const listener of [...this.listeners]) {
      if (!listener.seqs.has(jobId)) continue;
      const whole = !listener.catchingUp.has(jobId) && listener.sendEvents(system, horizon, jobId, events, shared);
      if (!whole) this.fetchMissing(listener, jobId);
    }
  }

  /** While a listener catches up, what comes in between is read after that, from the table too. */
  private fetchMissing(listener: LiveListener, jobId: string): void {
    if (listener.catchingUp.has(jobId)) {
      this.changedJobs.add(jobId);
      this.read.delete(jobId);
      return;
    }
    this.catchUp(listener, jobId).catch((error: unknown) => {
      this.log.warn("reading a watched job's events failed; its stream is closed and will resume", { error });
      listener.close();
    });
  }

  /** Watched jobs, each with the lowest number that somebody has. */
  private watched(): Map<string, number> {
    const lowest = new Map<string, number>();
    for (const listener of this.listeners) {
      for (const [id, seq] of listener.seqs) lowest.set(id, Math.min(seq, lowest.get(id) ?? seq));
    }
    return lowest;
  }
}
