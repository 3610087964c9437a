import type { HistoryEvent } from "@/lib/job-event";
import { cursorText } from "./cursor";
import { encodeGreeting, encodeId, encodeMessage } from "./sse";

/** What a listener may be behind by for a moment, in bytes: a burst is more than a socket takes at once. */
const BEHIND_BYTES = 256 * 1024;
const BEHIND_MS = 2_000;
/** What it may not be behind by at all. */
const MOST_BEHIND_BYTES = 8 * BEHIND_BYTES;
const RETRY_MS = 2_000;

export interface ListenerOptions {
  /** Null: an operator, who sees all clients' jobs. */
  clientId: number | null;
  /** Whether it gets the changes of all jobs (of its client). */
  all: boolean;
  /** Jobs whose events it gets, with the number of the last event it has. */
  jobs: ReadonlyMap<string, number>;
  /** Cuts the connection; null where nothing is known of it. */
  disconnect: (() => void) | null;
  /** Told once, when the stream is over for whatever reason. */
  onClose(listener: LiveListener, tooSlow: boolean): void;
}

/** One open stream. Writing never waits: what a slow browser does not read is counted, and too much ends the stream. */
export class LiveListener {
  readonly clientId: number | null;
  readonly all: boolean;
  /** The last event number that was sent, per watched job. */
  readonly seqs: Map<string, number>;
  readonly stream: ReadableStream<Uint8Array>;
  /** Jobs whose missing events are being read; live ones wait for that. */
  readonly catchingUp = new Set<string>();
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  private behindSinceMs: number | null = null;

  constructor(private readonly options: ListenerOptions) {
    this.clientId = options.clientId;
    this.all = options.all;
    this.seqs = new Map(options.jobs);
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        cancel: () => this.end(false),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BEHIND_BYTES }),
    );
    this.write(encodeGreeting(RETRY_MS));
  }

  get open(): boolean {
    return this.controller !== null;
  }

  /** Sends a message that may be shared with others, under this listener's own cursor. */
  send(system: string, horizon: string, message: Uint8Array): void {
    this.write(encodeId(cursorText(system, horizon, this.seqs)));
    this.write(message);
  }

  /**
   * Sends a job's events that this listener has not had. False when some are missing in between: they have to be read.
   * `shared` is the whole list encoded, for those who get all of it.
   */
  sendEvents(
    system: string,
    horizon: string,
    jobId: string,
    events: readonly HistoryEvent[],
    shared: () => Uint8Array,
  ): boolean {
    const seq = this.seqs.get(jobId);
    const [first] = events;
    const last = events.at(-1);
    if (seq === undefined || !first || !last || last.seq <= seq) return true;
    if (first.seq > seq + 1) return false;
    this.seqs.set(jobId, last.seq);
    const missing =
      first.seq === seq + 1
        ? shared()
        : encodeMessage("events", { job_id: jobId, events: events.filter((event) => event.seq > seq) });
    this.send(system, horizon, missing);
    return true;
  }

  /** Ends the stream; the browser comes back by itself. */
  close(): void {
    const { controller } = this;
    if (!controller) return;
    this.end(false);
    controller.close();
  }

  private write(bytes: Uint8Array): void {
    const { controller } = this;
    if (!controller) return;
    controller.enqueue(bytes);
    const behind = BEHIND_BYTES - (controller.desiredSize ?? 0);
    if (behind <= BEHIND_BYTES) this.behindSinceMs = null;
    else this.behindSinceMs ??= Date.now();
    const since = this.behindSinceMs;
    if (behind <= MOST_BEHIND_BYTES && (since === null || Date.now() - since <= BEHIND_MS)) return;
    this.end(true);
    // What is queued is given up: it would stay in memory for as long as the browser does not read.
    if (this.options.disconnect) this.options.disconnect();
    else controller.error(new Error("the stream was read too slowly"));
  }

  private end(tooSlow: boolean): void {
    if (!this.controller) return;
    this.controller = null;
    this.options.onClose(this, tooSlow);
  }
}
