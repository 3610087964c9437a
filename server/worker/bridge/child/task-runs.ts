import { performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { packError } from "../error-envelope";
import type { TaskCode } from "../executor";
import { codeKey, type MemoryUse, type RunMessage, type SlotPort, type SlotSettings, type ToSlot } from "../messages";
import { resultRefusal } from "../pool/refusal";
import { RunContext, type SlotContext } from "../slot-context";
import { LogLine } from "./log-line";

/** The code of a task as a slot runs it: JSON text in, JSON text out. */
export type TaskRunner = (input: string, context: SlotContext) => Promise<string> | string;

/** Finds the code of a task. Rejects with a BridgeError: `INVALID_TASK`, or `BRIDGE_UNAVAILABLE` when it does not load. */
export type LoadTask = (code: TaskCode) => Promise<TaskRunner>;

const SAMPLE_EVERY_MS = 20;
const SAMPLE_EVERY_TASKS = 16;

/** Runs what it is told to over a port, any number at a time: the child's part of every isolation. */
export class TaskRuns {
  private readonly runs = new Map<number, RunContext>();
  private readonly loaded = new Map<string, TaskRunner>();
  readonly logs: LogLine;
  private last = 0;
  private retired = false;
  private sampledAt = 0;
  private sinceSample = 0;
  /** Told when the first of several runs begins. */
  onBusy: (beatMs: number | undefined) => void = () => undefined;

  constructor(
    private readonly port: SlotPort,
    private readonly load: LoadTask,
    private readonly settings: SlotSettings,
  ) {
    this.logs = new LogLine(port);
  }

  get size(): number {
    return this.runs.size;
  }

  /** The run whose code probably speaks; 0 when none can be told. */
  get latest(): number {
    return this.runs.has(this.last) ? this.last : 0;
  }

  running(): number[] {
    return [...this.runs.keys()];
  }

  /** Begins no more: the executor, once it hears of the fault, gives those that come to another slot. */
  retire(): void {
    this.retired = true;
  }

  handle(message: ToSlot): void {
    if (message.kind === "run") return this.begin(message);
    const run = this.runs.get(message.run);
    if (run === undefined) return;
    if (message.kind === "abort") run.abort(message.code, message.reason);
    else if (message.kind === "answer") run.answer(message.call, message.value);
    else run.refuse(message.call, message.envelope);
  }

  private begin(message: RunMessage): void {
    if (this.retired) return;
    const context = new RunContext(message, this.port, (run, record) => this.logs.write(run, record));
    this.runs.set(message.run, context);
    this.last = message.run;
    this.onBusy(message.beatMs);
    const known = this.loaded.get(codeKey(message.code));
    if (known) this.start(known, message, context);
    else this.loadAndStart(message, context);
  }

  private loadAndStart(message: RunMessage, context: RunContext): void {
    this.load(message.code).then(
      (runner) => {
        this.loaded.set(codeKey(message.code), runner);
        if (context.stopped) this.fail(message, context.stopped);
        else this.start(runner, message, context);
      },
      (error) => this.fail(message, error),
    );
  }

  private start(runner: TaskRunner, message: RunMessage, context: RunContext): void {
    if (message.announce) this.port.post({ kind: "started", run: message.run });
    let result: Promise<string> | string;
    try {
      result = runner(message.input, context);
    } catch (error) {
      return this.fail(message, error);
    }
    if (typeof result === "string") return this.succeed(message, result);
    result.then(
      (output) => this.succeed(message, output),
      (error) => this.fail(message, error),
    );
  }

  private succeed(message: RunMessage, output: string): void {
    const refusal = resultRefusal(output, this.settings.maxResultBytes);
    if (refusal) return this.fail(message, refusal);
    this.end(message.run);
    this.port.post({ kind: "ok", run: message.run, output, memory: this.sample() });
  }

  private fail(message: RunMessage, thrown: unknown): void {
    const { slot, isolation, host } = this.settings;
    const envelope = packError(thrown, { task: message.code.name, executionId: message.id, slot, isolation, host });
    this.end(message.run);
    this.port.post({ kind: "err", run: message.run, envelope, memory: this.sample() });
  }

  private end(run: number): void {
    this.logs.tellDropped();
    this.runs.get(run)?.end();
    this.runs.delete(run);
  }

  /** Asking costs as much as a short task, so not after each. */
  private sample(): MemoryUse | undefined {
    const now = performance.now();
    if (++this.sinceSample < SAMPLE_EVERY_TASKS && now - this.sampledAt < SAMPLE_EVERY_MS) return undefined;
    this.sampledAt = now;
    this.sinceSample = 0;
    return memoryUse();
  }
}

export function memoryUse(): MemoryUse {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return { heap: used_heap_size, external: external_memory };
}
