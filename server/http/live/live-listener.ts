import type { HistoryEvent } from "@/lib/job-event";
import { cursorText } from "./cursor";
import { encodeGreeting, encodeId, encodeMessage } from "./sse";

/** What a listener may not fall behind by, in bytes; beyond it the stream is cut, and the browser resumes. */
const MOST_BEHIND_BYTES = 256 * 1024;
const RETRY_MS = 2_000;

export interface ListenerOptions {
  /** Null: an operator, who sees all clients' jobs. */
  clientId: number | null;
  /** Whether it gets the changes of all jobs (of its client). */
  all: boolean;
  /** Jobs whose events it gets, with the number of the last event it has. */
  jobs: ReadonlyMap<string, number>;
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
      new ByteLengthQueuingStrategy({ highWaterMark: MOST_BEHIND_BYTES }),
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
    if ((controller.desiredSize ?? 0) > 0) return;
    this.end(true);
    // What is queued is given up: it would stay in memory for as long as the browser does not read.
    controller.error(new Error("the stream was read too slowly"));
  }

  private end(tooSlow: boolean): void {
    if (!this.controller) return;
    this.controller = null;
    this.options.onClose(this, tooSlow);
  }
}
