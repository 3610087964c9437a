import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import type { DeclaredTask } from "@/server/tasks/declare-task";
import { TaskError, type TaskFunction } from "@/server/tasks/task-function";
import type { Isolation } from "@/server/worker/bridge/isolation";
import { openLedger } from "./ledger";

// Stands in place of server/tasks/registry.ts in the worker of the fault run, and in its threads and processes.

/** Short: what hangs is ended by force soon after its time limit. */
const GRACE_MS = 200;

/** Does what its params say and hands back `{ [name]: value }`. */
const step: TaskFunction = async (params, { attempt, signal }) => {
  const { name, value, ms, fail_times: failTimes, code } = params as Record<string, never>;
  if (ms) await sleep(ms, undefined, { signal });
  if (attempt <= (failTimes ?? 0))
    throw new TaskError(code ?? "TRANSIENT_ERROR", `Attempt ${attempt} fails on purpose`);
  return { data: { [name ?? "value"]: value ?? null } };
};

/** Ends its process: the worker, when that is where it runs. */
const endProcess: TaskFunction = async () => {
  process.kill(process.pid, "SIGKILL");
  return {};
};

/** Ends the thread or process that it runs in. */
const endSlot: TaskFunction = async () => process.exit(3);

/** Never comes back, and hears nothing meanwhile. */
const spin: TaskFunction = async () => {
  for (;;);
};

/** The same without using the processor. */
const block: TaskFunction = async () => {
  for (const cell = new Int32Array(new SharedArrayBuffer(4)); ; ) Atomics.wait(cell, 0, 0, 1_000);
};

/** `first` at the first attempt, the step from then on. */
const atFirst =
  (first: TaskFunction): TaskFunction =>
  (params, context) =>
    context.attempt === 1 ? first(params, context) : step(params, context);

const ledgerFile = process.env.FAULT_LEDGER;
const ledger = ledgerFile ? openLedger(ledgerFile) : null;

/** Where this copy of the file runs. */
function here(): Isolation {
  if (!isMainThread) return "thread";
  return basename(process.argv[1] ?? "") === "task-slot.js" ? "process" : "inline";
}

interface Noted {
  /** Comes after the work was done and noted. */
  afterwards?: TaskFunction;
}

function noted(type: string, isolation: Isolation, run: TaskFunction, { afterwards }: Noted = {}): DeclaredTask {
  return {
    isolation,
    graceMs: GRACE_MS,
    async run(params: Record<string, unknown>, context) {
      if (here() !== isolation) throw new TaskError("PERMANENT_ERROR", `A task for '${isolation}' runs in '${here()}'`);
      const result = await note(type, run, params, context);
      await afterwards?.(params, context);
      return result;
    },
  };
}

async function note(type: string, run: TaskFunction, ...[params, context]: Parameters<TaskFunction>) {
  const { idempotencyKey: task, taskId: attempt } = context;
  ledger?.write({ what: "start", type, task, attempt, where: here() });
  try {
    const result = await run(params, context);
    ledger?.write({ what: "end", task, attempt, outcome: "success" });
    return result;
  } catch (error) {
    ledger?.write({ what: "end", task, attempt, outcome: "failure" });
    throw error;
  }
}

/** Dies when its work is done and before anybody knows of it. */
const lateEnd: TaskFunction = async (params, context) => (context.attempt === 1 ? endProcess(params, context) : {});

const declared: [type: string, isolation: Isolation, run: TaskFunction, rest?: Noted][] = [
  ["fault_step", "thread", step],
  ["fault_step_process", "process", step],
  ["fault_step_inline", "inline", step],
  ["fault_poison", "inline", endProcess],
  ["fault_poison_thread", "thread", endSlot],
  ["fault_poison_process", "process", endProcess],
  ["fault_stuck_thread", "thread", atFirst(spin)],
  ["fault_stuck_process", "process", atFirst(spin)],
  ["fault_blocked", "thread", block],
  ["fault_blocked_once", "process", atFirst(block)],
  ["fault_crash_thread", "thread", atFirst(endSlot)],
  ["fault_crash_process", "process", atFirst(endSlot)],
  ["fault_crash_late", "process", step, { afterwards: lateEnd }],
];

export const taskFunctions: Record<string, DeclaredTask> = Object.fromEntries(
  declared.map(([type, ...rest]) => [type, noted(type, ...rest)]),
);
