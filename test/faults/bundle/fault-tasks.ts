import { setTimeout as sleep } from "node:timers/promises";
import type { DeclaredTask } from "@/server/tasks/declare-task";
import { TaskError, type TaskFunction } from "@/server/tasks/task-function";
import { openLedger } from "./ledger";

// Stands in place of server/tasks/registry.ts in the worker of the fault run.

/** Does what its params say and hands back `{ [name]: value }`. */
const step: TaskFunction = async (params, { attempt, signal }) => {
  const { name, value, ms, fail_times: failTimes, code } = params as Record<string, never>;
  if (ms) await sleep(ms, undefined, { signal });
  if (attempt <= (failTimes ?? 0))
    throw new TaskError(code ?? "TRANSIENT_ERROR", `Attempt ${attempt} fails on purpose`);
  return { data: { [name ?? "value"]: value ?? null } };
};

/** Ends its worker, whoever that is. */
const poison: TaskFunction = async () => {
  process.kill(process.pid, "SIGKILL");
  return {};
};

const ledgerFile = process.env.FAULT_LEDGER;
const ledger = ledgerFile ? openLedger(ledgerFile) : null;

/** Inline: the run is about what becomes of the worker itself. */
function noted(run: TaskFunction): DeclaredTask {
  return { isolation: "inline", run: (params, context) => note(run, params, context) };
}

const note = async (run: TaskFunction, ...[params, context]: Parameters<TaskFunction>) => {
  const { idempotencyKey: task, taskId: attempt } = context;
  ledger?.write({ what: "start", task, attempt });
  try {
    const result = await run(params, context);
    ledger?.write({ what: "end", task, attempt, outcome: "success" });
    return result;
  } catch (error) {
    ledger?.write({ what: "end", task, attempt, outcome: "failure" });
    throw error;
  }
};

export const taskFunctions: Record<string, DeclaredTask> = {
  fault_step: noted(step),
  fault_poison: noted(poison),
};
