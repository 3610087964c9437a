import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { BridgeError } from "../bridge-error";
import type { BridgeTask } from "../define-task";
import { childArguments } from "../hosts/child-arguments";
import type { Call, Outcome } from "./call";
import { crashError, type Death, whyDead } from "./death";
import { dispatcherEntry, slotEntry } from "./dispatcher-entry";
import { Places } from "./places";
import type { BridgeSettings } from "./settings";
import {
  DEAD,
  type DispatcherData,
  type DispatcherRole,
  DROPPED,
  type FromDispatcher,
  packRun,
  READY,
  type StopCode,
  sharedNow,
  type ToDispatcher,
  unpackResult,
} from "./wire";

/** What a thread tells its bridge of. */
export interface ThreadEvents {
  onLog(message: Extract<FromDispatcher, { t: "log" }>, call: Call | undefined): void;
  onSettled(call: Call): void;
  /** A call that never began, of a thread that is no more. */
  onOrphan(call: Call): void;
  onRetire(thread: DispatcherThread, reason: "heap" | "leaked"): void;
  /** It takes and gives nothing any more. */
  onDead(thread: DispatcherThread, how: "killed" | "crashed" | "ended"): void;
  /** It has stopped for real. */
  onGone(): void;
}

const MEBIBYTE = 1024 * 1024;

/** The caller's side of one dispatcher thread, from its start to its end. */
export class DispatcherThread {
  readonly calls = new Map<number, Call>();
  readonly header = new Int32Array(new SharedArrayBuffer(8));
  readonly bornAt = sharedNow();
  dead = false;
  retiring = false;
  private readonly places: Places;
  private readonly codes = new Map<BridgeTask, number>();
  private readonly port: MessagePort;
  private life: MessagePort | undefined;
  private readonly worker: Worker;
  private failure: unknown;
  private onClosed: (() => void) | undefined;

  constructor(
    readonly role: DispatcherRole,
    generation: number,
    prefix: string,
    wake: Int32Array,
    settings: BridgeSettings,
    private readonly events: ThreadEvents,
  ) {
    this.places = new Places(settings.maxInFlight);
    const line = new MessageChannel();
    const life = new MessageChannel();
    this.port = line.port1;
    this.life = life.port1;
    const { states, begunAt } = this.places;
    const { maxResultBytes, slots, execArgv, env, maxRssMb } = settings;
    const childEntry = role === "isolated" ? slotEntry() : "";
    const softHeapBytes = settings.softHeapMb * MEBIBYTE;
    const ours = {
      role,
      wake,
      header: this.header,
      states,
      begunAt,
      generation,
      prefix,
      maxResultBytes,
      maxRssMb,
      softHeapBytes,
      slots,
      execArgv,
      env,
      childEntry,
    };
    this.worker = this.start({ ...ours, port: line.port2, life: life.port2 }, settings);
    this.port.on("message", (message: FromDispatcher) => {
      this.handle(message);
      this.drain();
    });
    this.port.unref();
  }

  private start(data: DispatcherData, settings: BridgeSettings): Worker {
    const { hardHeapMb } = settings;
    const worker = new Worker(dispatcherEntry(), {
      workerData: data,
      transferList: [data.port, data.life],
      name: `batuta-bridge-${data.role}`,
      execArgv: settings.execArgv ?? childArguments(),
      ...(hardHeapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: hardHeapMb } }),
    });
    worker.on("error", (error) => {
      this.failure = error;
    });
    worker.on("exit", (exitCode) => {
      this.drain();
      this.die({ id: 0, exitCode });
      this.events.onGone();
    });
    worker.unref();
    return worker;
  }

  get ready(): boolean {
    return Atomics.load(this.header, READY) === 1;
  }

  /** Keeps the process up while somebody waits for an outcome. */
  hold(held: boolean): void {
    if (this.dead) return;
    if (held) this.port.ref();
    else this.port.unref();
  }

  send(call: Call): void {
    const place = this.places.take();
    call.place = place;
    call.attempts++;
    this.calls.set(call.id, call);
    const { timeoutMs, graceMs, queueTtlMs, isolation, traceparent } = call.options;
    const { id, input } = call;
    const code = this.codeOf(call.task);
    this.post(packRun({ id, place: place.no, code, input, timeoutMs, graceMs, queueTtlMs, isolation, traceparent }));
  }

  private codeOf(task: BridgeTask): number {
    const known = this.codes.get(task);
    if (known !== undefined) return known;
    const code = this.codes.size;
    this.codes.set(task, code);
    this.post({ t: "code", code, name: task.name, version: task.version, module: task.module });
    return code;
  }

  abort(call: Call, code: StopCode, reason: string): void {
    this.post({ t: "abort", id: call.id, code, reason });
  }

  /** Lets `other` tell a blocked caller of this thread's death; it cannot hear of it itself. */
  watchedBy(other: DispatcherThread): void {
    if (this.life === undefined || other === this) return;
    other.post({ t: "watch", life: this.life, header: this.header }, [this.life]);
    this.life = undefined;
  }

  get watched(): boolean {
    return this.life === undefined;
  }

  private post(message: ToDispatcher, transfer?: MessagePort[]): void {
    this.port.postMessage(message, transfer);
  }

  /** Takes what has arrived, without giving up the turn; ends early once `wanted` has its outcome. */
  drain(wanted?: Call): void {
    if (this.dead) return;
    for (;;) {
      const received = receiveMessageOnPort(this.port) as { message: FromDispatcher } | undefined;
      if (received === undefined) break;
      this.handle(received.message);
      if (this.dead || (wanted !== undefined && wanted.outcome !== undefined)) return;
    }
    if (Atomics.load(this.header, DEAD) === 1) this.die({ id: 0, exitCode: null });
  }

  private handle(message: FromDispatcher): void {
    if (typeof message === "string") {
      const result = unpackResult(message);
      return this.settle(result.id, result);
    }
    switch (message.t) {
      case "err":
        return this.settle(message.id, message);
      case "dropped":
        return this.forget(message.id);
      case "progress":
        return this.calls.get(message.id)?.options.onProgress?.(message.fraction, message.message);
      case "log":
        return this.events.onLog(message, this.calls.get(message.id));
      case "retire":
        return this.events.onRetire(this, message.reason);
      case "exit":
        return this.die(message);
      case "closed":
        return this.onClosed?.();
    }
  }

  private settle(id: number, outcome: Outcome): void {
    const call = this.calls.get(id);
    if (call === undefined) return;
    this.forget(id);
    call.settle(outcome);
    this.events.onSettled(call);
  }

  private forget(id: number): void {
    const call = this.calls.get(id);
    if (call?.place) this.places.give(call.place);
    this.calls.delete(id);
  }

  /** Settles a call whose thread need not be asked. */
  fail(call: Call, error: BridgeError): void {
    call.settle({ error });
    this.events.onSettled(call);
  }

  /** Ends the thread in the middle of what it does: `culprit` fails with `error`, calls beside it are lost. */
  kill(culprit: Call, error: BridgeError): void {
    this.stop("killed");
    this.fail(culprit, error);
    const lost = `${culprit.task.name} had to be killed, and ran in the same thread`;
    this.leave((call) => new BridgeError("BRIDGE_LOST", lost, { reason: call.task.name }));
  }

  /** Ends it since the process has too much memory, and what it runs with it: which of them took it nobody knows. */
  endForMemory(limitMb: number): void {
    this.stop("killed");
    const message = `was ended with its thread: the process had more than ${limitMb} MiB of memory`;
    this.leave(({ task }) => new BridgeError("TASK_OOM", `${task.name} ${message}`, { phase: "hard" }));
  }

  /** Ends it; what is still open fails with what `errorOf` says. How many were. */
  end(errorOf: (call: Call) => BridgeError): number {
    if (this.dead) return 0;
    this.stop("ended");
    const open = [...this.calls.values()].filter((call) => call.outcome === undefined);
    for (const call of open) this.fail(call, errorOf(call));
    this.calls.clear();
    return open.length;
  }

  /** Lets the executors that it owns end what they run; resolves when they have. */
  close(drainMs: number): Promise<void> {
    if (this.dead || this.role === "shared") return Promise.resolve();
    this.hold(true);
    return new Promise((resolve) => {
      this.onClosed = resolve;
      this.post({ t: "close", drainMs });
    });
  }

  private die(death: Death): void {
    if (this.dead) return;
    this.stop("crashed");
    const open = [...this.calls.values()].filter((call) => call.outcome === undefined && !call.place?.drop());
    const culprit = this.calls.get(death.id) ?? (open.length === 1 ? open[0] : undefined);
    if (culprit && culprit.outcome === undefined)
      this.fail(culprit, crashError(culprit.task.name, death, this.failure));
    this.leave(
      (call) => new BridgeError("BRIDGE_LOST", `The thread of ${call.task.name} died: ${whyDead(death, this.failure)}`),
    );
  }

  /** Hands on what never began; what did fails. */
  private leave(errorOf: (call: Call) => BridgeError): void {
    for (const call of this.calls.values()) {
      if (call.outcome !== undefined) continue;
      if (call.place?.drop() || call.place?.read() === DROPPED) this.events.onOrphan(call);
      else this.fail(call, errorOf(call));
    }
    this.calls.clear();
  }

  private stop(how: "killed" | "crashed" | "ended"): void {
    this.dead = true;
    void this.worker.terminate();
    this.port.close();
    // What dies while it closes says no more that it has closed.
    this.onClosed?.();
    this.events.onDead(this, how);
  }
}
