import { unpackError } from "../error-envelope";
import type { SlotState, SlotStatus } from "../executor";
import type { StartHost } from "../hosts/failed-host";
import type { HostExit, SlotHost } from "../hosts/slot-host";
import { codeKey, type FromSlot, type MemoryUse, PROTOCOL_VERSION, type StopCode } from "../messages";
import { exitError, startError } from "./exit-error";
import { type KillReason, MIN_GRACE_MS, type PoolSettings, type RecycleReason } from "./pool-options";
import { type Run, statusOfRuns } from "./run";
import { answerCall, runMessage } from "./slot-messages";

/** What a slot tells the pool that it is in. */
export interface SlotOwner {
  readonly settings: PoolSettings;
  readonly host: string;
  onReady(slot: Slot): void;
  /** A task left it. */
  onRoom(slot: Slot): void;
  /** Killed on purpose, or fallen over while something ran in it. */
  onKilled(slot: Slot, reason: KillReason, culprit: Run | null): void;
  /** An error came after its task, or between tasks. */
  onLeak(slot: Slot, error: Error): void;
  /** It was not ready in time, and is being ended. */
  onStartFailed(slot: Slot, error: Error): void;
  onZombie(slot: Slot, culprit: Run | null): void;
  onGone(slot: Slot, neverReady: Error | null): void;
  /** It was given to the slot, and never began. */
  giveBack(run: Run): void;
  onDroppedLogs(count: number): void;
}

const ENDING: ReadonlySet<SlotStatus> = new Set(["killing", "retiring", "zombie", "dead"]);

/** A thread, process or piece of this loop, with the tasks that run in it and the ladder that ends them. */
export class Slot {
  status: SlotStatus = "starting";
  readonly runs = new Map<number, Run>();
  readonly bornAt = Date.now();
  since = this.bornAt;
  lastSignAt = this.bornAt;
  tasksDone = 0;
  memory: MemoryUse | null = null;
  private readonly loaded = new Set<string>();
  private readonly host: SlotHost;
  /** Why it takes no more. */
  full: RecycleReason | null = null;
  private killReason: KillReason | null = null;
  private culprit: Run | null = null;
  private fault: Error | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly no: number,
    private readonly owner: SlotOwner,
    start: StartHost,
  ) {
    const { isolation, maxResultBytes, beatMs, startTimeoutMs } = owner.settings;
    this.timer = setTimeout(
      () => this.failStart(`it was not ready within ${startTimeoutMs} ms`),
      startTimeoutMs,
    ).unref();
    this.host = start(
      { slot: no, isolation, host: owner.host, maxResultBytes, beatMs },
      { onMessage: (message) => this.onAnyMessage(message), onExit: (exit) => this.onExit(exit) },
    );
  }

  get hasRoom(): boolean {
    if (this.full) return false;
    return (this.status === "idle" || this.status === "running") && this.runs.size < this.owner.settings.tasksPerSlot;
  }

  /** It takes tasks, or will. */
  get live(): boolean {
    if (this.full) return false;
    return (
      this.status === "starting" || this.status === "idle" || this.status === "running" || this.status === "aborting"
    );
  }

  state(): SlotState {
    const run = this.anyRun();
    return {
      no: this.no,
      isolation: this.owner.settings.isolation,
      status: this.status,
      task: run?.request.task.name ?? null,
      executionId: run?.request.id ?? null,
      since: this.since,
      tasksDone: this.tasksDone,
      threadId: this.host.threadId,
      pid: this.host.pid,
      heapBytes: this.memory?.heap ?? null,
    };
  }

  residentBytes(): number | null {
    return this.host.residentBytes();
  }

  assign(run: Run): void {
    const { request } = run;
    const key = codeKey(request.task);
    const known = this.loaded.has(key);
    if (!known) this.loaded.add(key);
    run.slot = this;
    this.runs.set(run.no, run);
    this.setStatus("running");
    this.lastSignAt = Date.now();
    this.host.post(runMessage(run, !known));
    if (known) {
      run.begin();
      // Whoever asked has its Execution in hand by then.
      if (request.onStarted) queueMicrotask(request.onStarted);
      return;
    }
    run.phase = "loading";
    run.startTimer(this.owner.settings.startTimeoutMs, () => this.loadTooSlow(run));
  }

  abort(run: Run, code: StopCode, reason: string): void {
    run.phase = "aborting";
    this.setStatus("aborting");
    this.host.post({ kind: "abort", run: run.no, code, reason });
    const graceMs = Math.max(MIN_GRACE_MS, run.request.graceMs ?? this.owner.settings.graceMs);
    const kill = code === "TASK_TIMEOUT" ? "timeout" : code === "TASK_CANCELLED" ? "cancelled" : "close";
    run.startTimer(graceMs, () => this.kill(kill, run));
  }

  /** Ends the slot and all that runs in it; `culprit` is why, the others are lost. */
  kill(reason: KillReason, culprit: Run | null): void {
    if (this.killReason !== null || this.status === "dead") return;
    this.killReason = reason;
    this.culprit = culprit;
    for (const run of this.runs.values()) {
      run.phase = "killing";
      run.stopTimer();
    }
    this.end("killing");
    this.owner.onKilled(this, reason, culprit ?? this.anyRun());
  }

  /** What runs in it may end; then it is to be retired. */
  takesNoMore(reason: RecycleReason): void {
    this.full = reason;
  }

  /** Ends an idle slot in peace. */
  retire(): void {
    this.end("retiring");
  }

  private end(status: "killing" | "retiring"): void {
    this.setStatus(status);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.becomeZombie(), this.owner.settings.zombieAfterMs).unref();
    this.host.kill();
  }

  private setStatus(status: SlotStatus): void {
    if (this.status === status && status !== "running") return;
    this.status = status;
    this.since = Date.now();
  }

  private anyRun(): Run | null {
    const [run] = this.runs.values();
    return run ?? null;
  }

  /** Code in the slot may send what it likes on the same line, and who listens to logs may fail. */
  private onAnyMessage(message: unknown): void {
    if (typeof message !== "object" || message === null || !("kind" in message)) return;
    try {
      this.onMessage(message as FromSlot);
    } catch (thrown) {
      this.fault = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.kill("crash", null);
    }
  }

  private onMessage(message: FromSlot): void {
    if (message.kind === "ready") return this.onReady(message.version);
    if (message.kind === "fault") return this.onFault(message.runs, unpackError(message.envelope));
    this.lastSignAt = Date.now();
    if (message.kind === "beat") {
      this.memory = message.memory;
      return;
    }
    if (message.kind === "dropped") return this.owner.onDroppedLogs(message.count);
    const run = this.runs.get(message.run);
    if (run === undefined || run.phase === "over") return;
    switch (message.kind) {
      case "ok":
      case "err":
        return this.onEnd(run, message);
      case "started":
        if (run.phase !== "loading") return;
        run.begin();
        return run.request.onStarted?.();
      case "log":
        run.keepLog(message.record);
        return run.request.onLog?.(message.record);
      case "progress":
        return run.request.onProgress?.(message.fraction, message.message);
      case "call":
        void this.onCall(run, message.call, message.method, message.argument);
    }
  }

  private onReady(version: number): void {
    if (this.status !== "starting") return;
    if (version !== PROTOCOL_VERSION)
      return this.failStart(`it speaks version ${version}, not ${PROTOCOL_VERSION}: both must come from one build`);
    clearTimeout(this.timer);
    this.setStatus("idle");
    this.owner.onReady(this);
  }

  private onEnd(run: Run, message: Extract<FromSlot, { kind: "ok" | "err" }>): void {
    if (message.memory) this.memory = message.memory;
    // Its kill is under way: what comes now is too late, and the kill tells what became of it.
    if (run.phase === "killing") return;
    this.runs.delete(run.no);
    this.tasksDone++;
    if (run.stop !== null) {
      const cause = message.kind === "err" ? unpackError(message.envelope) : undefined;
      run.fail(run.stopError({ phase: "soft" }, cause));
    } else if (message.kind === "ok") {
      run.succeed(message.output);
    } else {
      // A module that did not load is not tried again by the same engine.
      if (run.phase === "loading") this.loaded.delete(codeKey(run.request.task));
      run.fail(unpackError(message.envelope));
    }
    run.finish("ended");
    this.setStatus(statusOfRuns(this.runs));
    this.owner.onRoom(this);
  }

  private async onCall(run: Run, call: number, method: string, argument: string): Promise<void> {
    const answer = await answerCall(run, call, method, argument);
    if (this.runs.has(run.no) && this.status !== "dead") this.host.post(answer);
  }

  private onFault(running: number[], error: Error): void {
    if (this.killReason !== null || ENDING.has(this.status)) return;
    for (const run of [...this.runs.values()]) {
      if (running.includes(run.no)) continue;
      this.runs.delete(run.no);
      this.owner.giveBack(run);
    }
    if (this.runs.size === 0) return this.owner.onLeak(this, error);
    this.fault = error;
    this.kill("crash", null);
  }

  private failStart(why: string): void {
    this.end("killing");
    this.owner.onStartFailed(this, new Error(why));
  }

  private loadTooSlow(run: Run): void {
    this.fault = new Error(`the code of ${run.request.task.name} did not load`);
    this.kill("stuck", run);
  }

  private becomeZombie(): void {
    this.setStatus("zombie");
    const runs = [...this.runs.values()];
    this.runs.clear();
    this.owner.onZombie(this, this.culprit);
    for (const run of runs) this.giveUp(run, "abandoned", null);
  }

  private onExit(exit: HostExit): void {
    clearTimeout(this.timer);
    const neverReady = this.status === "starting" ? (exit.error ?? startError(exit)) : null;
    const wasIdle = this.status === "idle";
    this.setStatus("dead");
    // An idle one that ends unasked was ended by what a task left behind.
    if ((this.runs.size > 0 || wasIdle) && this.killReason === null) {
      this.killReason = exit.outOfMemory ? "oom" : "crash";
      this.owner.onKilled(this, this.killReason, this.anyRun());
    }
    const runs = [...this.runs.values()];
    this.runs.clear();
    for (const run of runs) this.giveUp(run, exit.abandoned ? "abandoned" : "killed", exit);
    this.owner.onGone(this, neverReady);
  }

  private giveUp(run: Run, end: "killed" | "abandoned", exit: HostExit | null): void {
    const isCulprit = this.culprit === null || this.culprit === run;
    run.fail(exitError(run, { reason: this.killReason, isCulprit, fault: this.fault, exit }));
    run.finish(end);
  }
}
