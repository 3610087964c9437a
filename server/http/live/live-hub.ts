import type { LiveChange } from "@/lib/api/live";
import { displayStatusOf } from "@/lib/job-status";
import type { Log } from "@/server/log";
import type { Metrics } from "@/server/metrics";
import type { LiveBus } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import { readStarted } from "@/server/store/reads/live-reads";
import { readTurns, resumeTurns, systemIdentifier, type TurnChange, turnsHorizon } from "@/server/store/turns";
import { type LiveCursor, parseCursor } from "./cursor";
import { JobEventFeed } from "./job-event-feed";
import { linesOf, type NotedChange } from "./live-line";
import { LiveListener } from "./live-listener";
import { ProgressFeed } from "./progress-feed";
import { encodeMessage } from "./sse";

export interface LiveRequest {
  clientId: number | null;
  all: boolean;
  /** Jobs whose events are wanted, with the number of the last one that the asker has. */
  jobs: ReadonlyMap<string, number>;
  lastEventId: string | null;
  /** Cuts the connection; null where nothing is known of it. */
  disconnect: (() => void) | null;
}

const POLL_MS = 300;
const IDLE_POLL_MS = 2_000;
/** Changes of one tick are told in one message. */
const TICK_MS = 50;
const CLOCK_MS = 5_000;
const MOST_RESUMED = 5_000;
/** Versions that were passed on, kept to drop what arrives a second time by the other way. */
const MOST_REMEMBERED = 50_000;

/**
 * One per process: hears what engines publish after their commits (for speed) and reads the log of commits up to the
 * horizon (so that nothing is missed), and passes both on to the open streams, each change once, encoded once.
 */
export class LiveHub {
  private readonly listeners = new Set<LiveListener>();
  private readonly pending = new Map<string, NotedChange>();
  private readonly told = new Map<string, number>();
  private readonly events: JobEventFeed;
  private readonly progress: ProgressFeed;
  private system = "";
  private horizon = "";
  private tick: NodeJS.Timeout | undefined;
  private poll: NodeJS.Timeout | undefined;
  private clock: NodeJS.Timeout | undefined;
  private stopped = false;
  private ready: Promise<void> | null = null;
  private polling: Promise<void> = Promise.resolve();
  private movedAtMs = Date.now();

  constructor(
    private readonly database: Database,
    private readonly bus: LiveBus,
    private readonly log: Log,
    private readonly metrics: Metrics,
  ) {
    const cursor = () => ({ system: this.system, horizon: this.horizon });
    this.events = new JobEventFeed(database, this.listeners, cursor, log);
    this.progress = new ProgressFeed(database, this.listeners, cursor);
  }

  /** Begins to listen; nothing is read from the database before the first stream is opened. */
  start(): void {
    this.bus.subscribe((line) => {
      if (this.listeners.size > 0) for (const change of linesOf(line)) this.note(change);
    });
    this.clock = setInterval(() => this.tellTime(), CLOCK_MS).unref();
  }

  /** Ends all streams; browsers come back after two seconds, here or elsewhere. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of [this.tick, this.poll]) clearTimeout(timer);
    clearInterval(this.clock);
    for (const listener of [...this.listeners]) listener.close();
    await this.polling;
    await this.events.idle();
  }

  /** Opens a stream. It hears of everything committed from now on, and first of what its cursor says it has missed. */
  async open(request: LiveRequest): Promise<ReadableStream<Uint8Array>> {
    await this.begin();
    const cursor = parseCursor(request.lastEventId);
    const listener = new LiveListener({
      clientId: request.clientId,
      all: request.all,
      jobs: request.jobs,
      disconnect: request.disconnect,
      onClose: (closed, tooSlow) => this.forget(closed, tooSlow),
    });
    // Attached before anything is read: what is committed meanwhile is heard twice rather than not at all.
    this.listeners.add(listener);
    this.metrics.liveListeners.set(this.listeners.size);
    if (this.stopped) listener.close();
    await this.catchUp(listener, request, cursor);
    return listener.stream;
  }

  private async catchUp(listener: LiveListener, request: LiveRequest, cursor: LiveCursor | null): Promise<void> {
    try {
      const page =
        cursor && cursor.system === this.system ? await resumeTurns(this.database, cursor.horizon, MOST_RESUMED) : null;
      if (request.lastEventId !== null && !page)
        this.send(listener, "resync", { reason: "the place to go on from is too old or not from here" });
      else if (page) await this.sendResumed(listener, page.changes);
      for (const jobId of listener.seqs.keys()) await this.events.catchUp(listener, jobId);
      this.send(listener, "tick", { at: new Date().toISOString() });
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  private async sendResumed(listener: LiveListener, changes: readonly TurnChange[]): Promise<void> {
    const seen = new Map<string, NotedChange>();
    for (const change of changes) seen.set(change.jobId, notedOf(change));
    const mine = [...seen.values()].filter((change) => concerns(listener, change));
    const told = await this.complete(mine);
    if (told.length > 0) this.send(listener, "jobs", { changes: told });
  }

  /** The first listener finds the cursor at the present; without listeners nothing is polled. */
  private async begin(): Promise<void> {
    this.ready ??= (async () => {
      this.system ||= await systemIdentifier(this.database);
      this.horizon = await turnsHorizon(this.database);
      this.movedAtMs = Date.now();
      this.schedulePoll(POLL_MS);
    })();
    try {
      await this.ready;
    } catch (error) {
      this.ready = null;
      throw error;
    }
  }

  private forget(listener: LiveListener, tooSlow: boolean): void {
    this.listeners.delete(listener);
    this.metrics.liveListeners.set(this.listeners.size);
    if (tooSlow) this.metrics.liveDropped.inc();
  }

  private schedulePoll(ms: number): void {
    if (this.stopped) return;
    this.poll = setTimeout(() => {
      this.polling = this.pollOnce();
    }, ms).unref();
  }

  private async pollOnce(): Promise<void> {
    if (this.listeners.size === 0) {
      // Nobody listens: the next one starts from the horizon of then.
      this.ready = null;
      this.told.clear();
      return;
    }
    try {
      const page = await readTurns(this.database, this.horizon);
      for (const change of page.changes) this.note(notedOf(change));
      this.horizon = page.horizon;
      this.movedAtMs = Date.now();
      await this.progress.tell();
      this.schedulePoll(POLL_MS);
    } catch (error) {
      this.log.warn("reading the log of commits failed; trying again", { error });
      this.schedulePoll(IDLE_POLL_MS);
    }
    this.metrics.liveCursorAgeSeconds.set((Date.now() - this.movedAtMs) / 1000);
  }

  private note(change: NotedChange): void {
    const told = this.told.get(change.jobId) ?? 0;
    const waiting = this.pending.get(change.jobId);
    if (change.version <= told || (waiting && waiting.version >= change.version)) return;
    this.pending.set(change.jobId, change);
    this.tick ??= setTimeout(() => {
      this.tick = undefined;
      void this.flush();
    }, TICK_MS).unref();
  }

  private async flush(): Promise<void> {
    const changes = [...this.pending.values()];
    this.pending.clear();
    if (this.told.size > MOST_REMEMBERED) this.told.clear();
    for (const change of changes) this.told.set(change.jobId, change.version);
    try {
      const complete = await this.complete(changes);
      this.tellChanges(changes, complete);
      this.events.changed(changes.map((change) => change.jobId));
    } catch (error) {
      this.log.warn("passing changes on failed; they will be read again", { error });
      for (const change of changes) this.told.delete(change.jobId);
      for (const listener of [...this.listeners]) listener.close();
    }
  }

  /** One encoding per audience: operators, and each client that has somebody listening. */
  private tellChanges(changes: readonly NotedChange[], complete: readonly LiveChange[]): void {
    const owners = new Map(changes.map((change) => [change.jobId, change.clientId]));
    const encoded = new Map<number | null, Uint8Array | null>();
    for (const listener of [...this.listeners]) {
      if (!listener.all) {
        const mine = complete.filter((change) => listener.seqs.has(change.job_id));
        if (mine.length > 0) this.send(listener, "jobs", { changes: mine });
        continue;
      }
      let message = encoded.get(listener.clientId);
      if (message === undefined) {
        const { clientId } = listener;
        const visible = complete.filter((change) => clientId === null || owners.get(change.job_id) === clientId);
        message = visible.length > 0 ? encodeMessage("jobs", { changes: visible }) : null;
        encoded.set(clientId, message);
      }
      if (message) listener.send(this.system, this.horizon, message);
    }
  }

  /** The wire's form; whether a waiting job's task was begun is asked for where nobody has said it. */
  private async complete(changes: readonly NotedChange[]): Promise<LiveChange[]> {
    const unknown = changes
      .filter((change) => change.started === null && change.status === "waiting_for_worker")
      .map((change) => change.jobId);
    const started = unknown.length > 0 ? await readStarted(this.database.pool, unknown) : new Set<string>();
    return changes.map((change) => ({
      job_id: change.jobId,
      version: change.version,
      status: change.status,
      display_status: displayStatusOf(change.status, change.started ?? started.has(change.jobId)),
      state: change.state,
      blueprint_name: change.blueprint,
    }));
  }

  private tellTime(): void {
    const message = encodeMessage("tick", { at: new Date().toISOString() });
    for (const listener of [...this.listeners]) listener.send(this.system, this.horizon, message);
  }

  private send(listener: LiveListener, event: string, data: unknown): void {
    listener.send(this.system, this.horizon, encodeMessage(event, data));
  }
}

function concerns(listener: LiveListener, change: NotedChange): boolean {
  if (listener.clientId !== null && change.clientId !== listener.clientId) return false;
  return listener.all || listener.seqs.has(change.jobId);
}

/** The log knows the job as it is now, which is at least as new as the commit. */
function notedOf(change: TurnChange): NotedChange {
  const { jobId, currentVersion: version, status, state, clientId, blueprint } = change;
  return { jobId, version, status, state, clientId, blueprint, started: null };
}
