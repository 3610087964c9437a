import type { Link } from "./link";
import type { Json } from "./orchestrator";
import { backoffMs, pause } from "./pause";
import { WireError } from "./wire-error";
import type { WorkerLog } from "./worker-log";

const FIRST_MS = 250;
const MOST_MS = 15_000;

/**
 * Sends a result until it is answered: it counts once, however often it arrives. What can never be taken is replaced by
 * the failure that it is. Gives up, and says so, only when `giveUp` is aborted.
 */
export async function sendResult(link: Link, result: Json, log: WorkerLog, giveUp: AbortSignal): Promise<void> {
  const fields = { orchestrator: link.orchestrator.name, task_id: result.task_id };
  let body = result;
  for (let failures = 1; ; failures++) {
    try {
      const answer = await link.orchestrator.result(body);
      if (answer.status === "ignored") log.warn("the result came too late", { ...fields, reason: answer.reason });
      return;
    } catch (error) {
      const refused = error instanceof WireError && !error.isPassing && error.status !== 401 && error.status !== 404;
      if (refused && body !== result) {
        log.error("the result was refused", { ...fields, error: error.message });
        return;
      }
      if (refused) {
        body = failureInstead(result, error);
        continue;
      }
      if (giveUp.aborted) {
        log.error("the result was not delivered", { ...fields, error: (error as Error).message });
        return;
      }
      const asked = error instanceof WireError ? error.retryAfterMs : null;
      const waitMs = asked ?? backoffMs(failures, FIRST_MS, MOST_MS);
      log.warn("the result is sent again", { ...fields, error: (error as Error).message, waitMs });
      await pause(waitMs, giveUp);
    }
  }
}

/** Without its data: too large, or not what can be stored. */
function failureInstead({ data: _data, data_metadata: _metadata, ...rest }: Json, refusal: WireError): Json {
  const error = {
    code: "CONTRACT_VIOLATION_ERROR",
    message: `The orchestrator refused the result: ${refusal.message}`,
  };
  return { ...rest, status: "failure", error };
}
