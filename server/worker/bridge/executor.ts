import type { Isolation } from "./isolation";

/** Where the code of a task is. Threads and processes import it themselves: functions do not travel. */
export interface TaskCode {
  /** The registered name; what people see. */
  name: string;
  /** File URL of the module; null where the child knows the task by its name alone. */
  module: string | null;
  /** Name of the export; null where the child finds it by the task's name. */
  exportName: string | null;
}

/** One structured line that a task logged. */
export interface LogRecord {
  level: "debug" | "info" | "warn" | "error";
  message: string;
  fields?: Record<string, unknown>;
}

export interface ExecutionRequest {
  /** Names the attempt; messages of another are dropped. */
  id: string;
  task: TaskCode;
  /** JSON text of the input. */
  input: string;
  /** JSON text given to the child beside the input: what the task's context is made of. */
  context?: string;
  /** Milliseconds that the code may run, queueing not counted; null: without limit. */
  timeoutMs: number | null;
  /** Milliseconds between the wish to stop and the kill; 2,000 unless told, 100 at least. */
  graceMs?: number;
  /** A task that shows no life for this long is stuck; absent: never. */
  heartbeatTimeoutMs?: number;
  /** Milliseconds that it may wait for a slot; absent: no limit. */
  queueTtlMs?: number;
  /** W3C trace context, handed on to the task. */
  traceparent?: string;
  onStarted?: () => void;
  onProgress?: (fraction: number, message?: string) => void;
  onLog?: (record: LogRecord) => void;
  /** Answers a call of the task's context, JSON text in and out; what it rejects with crosses to the task. */
  onCall?: (method: string, argument: string) => Promise<string>;
}

/** How the code left its slot: by itself, killed, or still running where nothing can reach it. */
export type ExecutionEnd = "ended" | "killed" | "abandoned";

export interface Execution {
  /** JSON text of what the task returned. Rejects with the task's own error, rebuilt, or with a BridgeError. */
  readonly result: Promise<string>;
  /** Resolves after `result` has settled, when the code holds no slot any more; never rejects. */
  readonly ended: Promise<ExecutionEnd>;
  /** Tells the task to stop; it is killed when it has not ended within its grace. No effect once it has ended. */
  cancel(reason: string): void;
}

export const SLOT_STATUSES = [
  "starting",
  "idle",
  "running",
  "aborting",
  "killing",
  "zombie",
  "retiring",
  "dead",
] as const;

export type SlotStatus = (typeof SLOT_STATUSES)[number];

/** One place where a task can run, as the worker page shows it. */
export interface SlotState {
  /** From 1, unique among the slots of an executor, never used again. */
  no: number;
  isolation: Isolation;
  status: SlotStatus;
  /** What it runs, and since when (ms since the epoch). */
  task: string | null;
  executionId: string | null;
  since: number;
  tasksDone: number;
  /** Thread id, or process id. */
  threadId: number | null;
  pid: number | null;
  heapBytes: number | null;
}

/** Counts since the start, for metrics. */
export interface ExecutorStats {
  started: number;
  /** Slots killed, by why: `timeout`, `cancelled`, `stuck`, `oom`, `crash`, `memory`, `close`. */
  kills: Readonly<Record<string, number>>;
  /** Slots retired between tasks, by why: `tasks`, `heap`, `age`, `leaked`. */
  recycles: Readonly<Record<string, number>>;
  zombies: number;
  /** Zombies that are replaced: with more of them there are fewer slots. */
  maxZombies: number;
  droppedLogs: number;
  waiting: number;
  running: number;
  /** Why no slot can be started now; null when they can. */
  unavailable: string | null;
}

/** Runs tasks in one kind of isolation. The contract is the same for all of them: test/worker/bridge/executor-contract.ts. */
export interface Executor {
  readonly isolation: Isolation | "queue";
  /** Never throws: what is wrong comes through `result`. */
  execute(request: ExecutionRequest): Execution;
  slots(): SlotState[];
  stats(): ExecutorStats;
  /** Takes no more; lets running tasks end within `drainMs`, then stops and kills them. Every execution settles. */
  close(options: { drainMs: number }): Promise<{ finished: number; cancelled: number; killed: number }>;
}
