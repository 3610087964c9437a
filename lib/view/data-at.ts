import { type EventData, type HistoryEvent, TASK_NUMBER_FACTOR } from "@/lib/job-event";
import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";

/** What a job had gathered in its state history after its event `seq`, folded from its history (oldest first). */
export function stateHistoryAt(events: readonly HistoryEvent[], seq: number): JsonObject {
  let gathered: JsonObject = {};
  const branched = new Set<number>();
  for (const event of events) {
    if (event.seq > seq) break;
    gathered = gather(gathered, event, branched);
  }
  return gathered;
}

function gather(data: JsonObject, event: HistoryEvent, fanOuts: Set<number>): JsonObject {
  const { state } = event;
  switch (event.event_type) {
    case "context_set":
    case "job_requeued": {
      const { set = {}, unset = [] } = event.data as unknown as EventData["context_set"];
      const next = { ...data, ...set };
      for (const key of unset) delete next[key];
      return next;
    }
    case "tasks_fanned_out":
      fanOuts.add(seqOf((event.data as unknown as EventData["tasks_fanned_out"]).n0));
      return data;
    case "task_finished": {
      const { n, r } = event.data as unknown as EventData["task_finished"];
      return fanOuts.has(seqOf(n)) ? data : merged(data, state, r);
    }
    case "signal_received": {
      const { payload } = event.data as unknown as EventData["signal_received"];
      return payload === undefined ? data : { ...data, [state]: payload };
    }
    case "child_ended": {
      const { child, status, outcome, result, error } = event.data as unknown as EventData["child_ended"];
      const ended: JsonObject = {
        job_id: child ?? null,
        status,
        outcome,
        result: result ?? null,
        error: error ? { ...error } : null,
      };
      return { ...data, [state]: ended };
    }
    case "step_completed":
      return merged(data, state, (event.data as unknown as EventData["step_completed"]).data);
    default:
      return data;
  }
}

/** An object key by key, anything else under the state's name. */
function merged(data: JsonObject, state: string, given: JsonValue | undefined): JsonObject {
  if (isJsonObject(given)) return { ...data, ...given };
  return given === undefined || given === null ? data : { ...data, [state]: given };
}

/** The event that dispatched the task of this number; see `taskNumber`. */
function seqOf(no: number): number {
  return Math.floor(no / TASK_NUMBER_FACTOR);
}
