import type { TaskMessage } from "@/server/queue/contract";
import type { ClaimedTask } from "@/server/store/claim";

/** Params above this size travel by reference: the worker reads them from the task's row. */
const MAX_PARAMS_IN_MESSAGE = 32 * 1024;

/** Params as a message carries them: a copy when small, else null. */
export function paramsCopy(json: string | null): string | null {
  return json !== null && json.length <= MAX_PARAMS_IN_MESSAGE ? json : null;
}

/** The message of a task read from its row. */
export function messageOf(row: ClaimedTask): TaskMessage {
  return { ...row, params: paramsCopy(row.params), sentAt: Date.now() };
}
