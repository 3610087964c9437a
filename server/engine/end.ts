import type { JsonValue } from "@/lib/json";
import type { CompiledState } from "./blueprint/compile";
import type { JobChange } from "./change";
import { evaluateTemplate } from "./expression/template";
import { schemaFaults } from "./schema-faults";
import { scopeOf } from "./scope";

/** Ends the job as its end state says, with the result expression or, without one, the whole state history. */
export function complete(change: JobChange, state: Extract<CompiledState, { type: "end" }>): void {
  const { job } = change;
  const result: JsonValue =
    state.result === null ? job.stateHistory : evaluateTemplate(state.result, scopeOf(job, change.around));
  const { outcome } = state;
  const faults = outcome === "success" ? schemaFaults(change.blueprint.outputValidator, result) : null;
  if (faults) {
    const message = `The result does not match the blueprint's output_schema: ${faults}`;
    fail(change, "CONTRACT_VIOLATION", message, { status: "error" });
    return;
  }
  change.emit("job_completed", { outcome });
  job.result = result;
}

/** Ends the job as failed; `status: "error"` is the engine's own refusal. */
export function fail(
  change: JobChange,
  code: string,
  message: string,
  more: { n?: number; status?: "failed" | "error" } = {},
): void {
  change.emit("job_failed", { code, message: message.slice(0, 4000), ...more });
}

/** Puts the job where an operator looks into it. */
export function quarantine(change: JobChange, code: string, message: string, n?: number): void {
  change.emit("job_quarantined", { code, message: message.slice(0, 4000), ...(n === undefined ? {} : { n }) });
}
