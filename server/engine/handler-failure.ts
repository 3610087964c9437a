import { backoffMs } from "./backoff";
import type { JobChange } from "./change";
import { quarantine } from "./end";
import { MAX_HANDLER_FAILURES } from "./limits";

/** A handler threw, ran out of time, or its engine died: again after a backoff, then quarantine. */
export function handlerFailed(change: JobChange, why: string): void {
  const attempt = change.job.handlerFailures + 1;
  const state = change.blueprint.document.states[change.job.state];
  const retry = state?.type === "handler" ? state.retry : undefined;
  const message = why.slice(0, 4000);
  const again = attempt < (retry?.max_attempts ?? MAX_HANDLER_FAILURES);
  const retryInMs = again ? backoffMs(retry, attempt, change.around.random) : undefined;
  change.emit("handler_failed", { entry: change.job.entry, attempt, message, retry_in_ms: retryInMs });
  if (!again) quarantine(change, "HANDLER_ERROR", `The handler of '${change.job.state}' failed: ${message}`);
}
