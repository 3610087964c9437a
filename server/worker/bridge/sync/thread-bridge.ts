import { randomUUID } from "node:crypto";
import { threadId } from "node:worker_threads";
import { BridgeError } from "../bridge-error";
import type { BridgeTask } from "../define-task";
import { noCounts } from "./bridge-counts";
import { Call, type CallOptions, type Kept } from "./call";
import { type Closed, closeCalls } from "./close-calls";
import { Deadlines } from "./deadlines";
import { DispatcherThread } from "./dispatcher-thread";
import { MemoryWatch } from "./memory-watch";
import { type BridgeSettings, defaultSettings } from "./settings";
import { UnobservedErrors } from "./unobserved-errors";
import { type DispatcherRole, type FromDispatcher, type StopCode, sharedNow } from "./wire";

const WATCH_AFTER_MS = 1000;
const READY_WITHIN_MS = 30_000;
const MAX_ATTEMPTS = 3;

/** The bridge of one calling thread: its dispatcher threads, its open calls, and the waiting for them. */
export class ThreadBridge {
  settings: BridgeSettings = defaultSettings();
  readonly counts = noCounts();
  generation = 0;
  /** Killed or ended, and not gone yet: a native call cannot be interrupted. */
  lingering = 0;
  private closing: Promise<Closed> | null = null;
  readonly threads = new Set<DispatcherThread>();
  /** Durable calls. */
  readonly kept = new Set<Call>();
  private readonly lanes: Record<DispatcherRole, DispatcherThread | null> = { shared: null, isolated: null };
  /** Started when a kill is likely, so that the call after it need not wait for a thread. */
  private spare: DispatcherThread | null = null;
  private readonly wake = new Int32Array(new SharedArrayBuffer(4));
  private readonly prefix = `${randomUUID().slice(0, 8)}-${threadId}-`;
  private lastId = 0;
  private inFlightCount = 0;
  private holders = 0;
  readonly deadlines = new Deadlines(this.threads, {
    late: () => {
      this.spare ??= this.startThread("shared");
    },
    killed: () => {
      this.counts.kills++;
    },
  });
  readonly unobserved = new UnobservedErrors((call) => this.tellUnobserved(call));

  private readonly memory = new MemoryWatch({
    limitMb: () => this.settings.maxRssMb,
    busy: () => this.inFlightCount > 0,
    tooMuch: (limitMb) => this.freeMemory(limitMb),
  });

  get inFlight(): number {
    return this.inFlightCount;
  }

  /** Throws BRIDGE_SATURATED, BRIDGE_CLOSED, BRIDGE_UNAVAILABLE. */
  submit(task: BridgeTask, input: string, options: CallOptions): Call {
    this.checkRoom();
    const id = ++this.lastId;
    const call = new Call(id, this.prefix + id, task, input, options);
    this.dispatch(call);
    this.admitted();
    return call;
  }

  /** Counts a call that is kept elsewhere among its own. Throws BRIDGE_SATURATED, BRIDGE_CLOSED. */
  keep(call: Call, start: () => Kept): void {
    this.checkRoom();
    call.kept = start();
    this.kept.add(call);
    this.admitted();
    call.onSettled(() => {
      this.kept.delete(call);
      this.settled(call);
    });
  }

  private checkRoom(): void {
    if (this.closing) throw new BridgeError("BRIDGE_CLOSED", "The bridge is closing; it takes nothing more");
    if (this.inFlightCount >= this.settings.maxInFlight) {
      const advice = `${this.inFlightCount} calls are open, and maxInFlight is ${this.settings.maxInFlight}`;
      throw new BridgeError("BRIDGE_SATURATED", `${advice}: wait for some of them`, { retryAfterMs: 1000 });
    }
  }

  private admitted(): void {
    this.inFlightCount++;
    this.counts.submitted++;
    this.memory.start();
  }

  private dispatch(call: Call): void {
    const { role } = call.options;
    const thread = this.lane(role);
    // The executor of an isolated call keeps its times.
    if (role === "shared" && call.options.timeoutMs !== null) {
      call.submittedAt = sharedNow();
      this.deadlines.add(call, call.submittedAt + call.options.timeoutMs);
    }
    thread.send(call);
  }

  private lane(role: DispatcherRole): DispatcherThread {
    const known = this.lanes[role];
    if (known !== null) return known;
    const thread = (role === "shared" && this.spare) || this.startThread(role);
    if (thread === this.spare) this.spare = null;
    this.lanes[role] = thread;
    return thread;
  }

  private startThread(role: DispatcherRole): DispatcherThread {
    this.generation++;
    const thread = new DispatcherThread(role, this.generation, this.prefix, this.wake, this.settings, {
      onLog: (message, call) => this.log(message, call),
      onSettled: (call) => this.settled(call),
      onOrphan: (call) => this.resend(call),
      onRetire: (retired) => this.retire(retired),
      onDead: (dead, how) => this.forget(dead, how),
      onGone: () => {
        this.lingering--;
      },
    });
    this.threads.add(thread);
    if (this.holders > 0) thread.hold(true);
    return thread;
  }

  /** How often something has arrived. Read before a call is submitted, it spares `wait` a first look. */
  get arrivals(): number {
    return Atomics.load(this.wake, 0);
  }

  /** Blocks until the call has its outcome, for `timeoutMs` at most (null: without limit). Whether it has. */
  wait(call: Call, timeoutMs: number | null, arrivalsBefore?: number): boolean {
    const until = timeoutMs === null ? Number.POSITIVE_INFINITY : sharedNow() + timeoutMs;
    let quietSince = 0;
    let before = arrivalsBefore;
    for (;;) {
      const seen = before ?? this.arrivals;
      if (before === undefined) for (const thread of this.threads) thread.drain(call);
      before = undefined;
      if (call.outcome !== undefined) return true;
      const now = sharedNow();
      if (this.deadlines.check(now)) continue;
      if (now >= until) return false;
      const leftMs = Math.min(until - now, this.deadlines.nextAt - now, this.memory.look(now) - now, WATCH_AFTER_MS);
      if (call.outcome !== undefined) return true;
      if (Atomics.wait(this.wake, 0, seen, leftMs) !== "timed-out") quietSince = 0;
      else if (quietSince === 0) quietSince = now;
      else if (now - quietSince >= WATCH_AFTER_MS) this.suspect(now);
    }
  }

  /** Nothing has come for a while: a thread may have died, of which a blocked caller hears nothing. */
  private suspect(now: number): void {
    for (const thread of [...this.threads]) {
      if (!thread.ready && now - thread.bornAt > READY_WITHIN_MS) {
        thread.end(() => new BridgeError("BRIDGE_UNAVAILABLE", `Its thread did not start in ${READY_WITHIN_MS} ms`));
      } else if (thread.role === "shared" && !thread.watched) thread.watchedBy(this.lane("isolated"));
    }
  }

  cancel(call: Call, code: StopCode, reason: string): boolean {
    if (call.outcome !== undefined || call.stop !== undefined) return false;
    if (call.kept) {
      if (code === "BRIDGE_CLOSED") {
        const advice = "it goes on where it is kept; ask again under its key";
        call.settle({
          error: new BridgeError(code, `The bridge closed before ${call.task.name} had ended: ${advice}`),
        });
        return true;
      }
      call.stop = { code, reason, at: sharedNow() };
      call.kept.cancel(reason);
      return true;
    }
    const thread = this.threadOf(call);
    if (thread === undefined) return false;
    if (thread.role === "shared" && call.place?.drop()) {
      thread.fail(call, new BridgeError(code, `Stopped before it began: ${reason}`, { reason, phase: "soft" }));
      return true;
    }
    call.stop = { code, reason, at: sharedNow() };
    thread.abort(call, code, reason);
    if (thread.role === "shared") {
      this.deadlines.add(call, call.stop.at + call.options.graceMs);
      this.deadlines.keepTime();
    }
    return true;
  }

  private threadOf(call: Call): DispatcherThread | undefined {
    for (const thread of this.threads) if (thread.calls.has(call.id)) return thread;
    return undefined;
  }

  private freeMemory(limitMb: number): void {
    for (const thread of [...this.threads]) {
      if (thread.role !== "shared") continue;
      this.counts.kills++;
      thread.endForMemory(limitMb);
    }
  }

  private settled(call: Call): void {
    this.inFlightCount--;
    this.counts.settled++;
    for (const thread of this.threads) if (thread.retiring) this.endIfIdle(thread);
    if (!call.failed) return;
    if (call.outcome && "error" in call.outcome && (call.outcome.error as BridgeError).code === "BRIDGE_LOST") {
      this.counts.lost++;
    }
    if (!call.observed) this.unobserved.add(call, this.settings.unobservedAfterMs);
  }

  private tellUnobserved(call: Call): void {
    const error = call.failure();
    if (error === null) return;
    this.counts.unobservedErrors++;
    this.settings.onUnobserved(error, call.task.name);
  }

  /** A callback that throws must not end the program that it reports to. */
  tellCallbackFailure(call: Call, thrown: unknown): void {
    const message = `A callback failed: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
    this.settings.onLog({ level: "error", message, task: call.task.name, executionId: call.executionId });
  }

  private log({ record }: Extract<FromDispatcher, { t: "log" }>, call: Call | undefined): void {
    this.settings.onLog({ ...record, task: call?.task.name ?? null, executionId: call?.executionId ?? null });
  }

  private resend(call: Call): void {
    if (this.closing || call.attempts >= MAX_ATTEMPTS) {
      call.settle({ error: new BridgeError("BRIDGE_UNAVAILABLE", "Its thread died before it began, again and again") });
      return this.settled(call);
    }
    try {
      this.dispatch(call);
    } catch (thrown) {
      call.settle({ error: thrown as Error });
      this.settled(call);
    }
  }

  private retire(thread: DispatcherThread): void {
    if (thread.retiring) return;
    thread.retiring = true;
    this.counts.recycles++;
    if (this.lanes[thread.role] === thread) this.lanes[thread.role] = null;
    this.endIfIdle(thread);
  }

  private endIfIdle(thread: DispatcherThread): void {
    if (thread.calls.size === 0) thread.end(() => new BridgeError("BRIDGE_LOST", "Its thread was replaced"));
  }

  /**
   * Takes nothing more, lets open calls end within `drainMs`, asks the rest to stop, and after `graceMs` ends the threads.
   * Every open call settles; BRIDGE_CLOSED is what those fail with that did not end. The next call starts anew. While it
   * closes, who asks again waits for the same end.
   */
  close(drainMs: number, graceMs: number): Promise<Closed> {
    this.closing ??= closeCalls(this, drainMs, graceMs).finally(() => {
      this.closing = null;
    });
    return this.closing;
  }

  private forget(thread: DispatcherThread, how: "killed" | "crashed" | "ended"): void {
    this.lingering++;
    this.threads.delete(thread);
    if (this.lanes[thread.role] === thread) this.lanes[thread.role] = null;
    if (this.spare === thread) this.spare = null;
    if (how === "crashed") this.counts.crashes++;
  }

  /** Keeps the process up until the given function is called. */
  hold(): () => void {
    if (++this.holders === 1) for (const thread of this.threads) thread.hold(true);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.holders === 0) for (const thread of this.threads) thread.hold(false);
    };
  }
}
