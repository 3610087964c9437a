import { type EnteredVia, taskNumber } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import type { JobChange } from "./change";
import { fail } from "./end";
import { MAX_DEPTH } from "./limits";
import { schemaFaults } from "./schema-faults";

/** Starts a child job and waits for it; returns where to go on when it can't be started. */
export function askChild(
  change: JobChange,
  name: string,
  input: JsonObject,
  transitions: Readonly<Record<string, string>>,
): { state: string; via: EnteredVia } | null {
  const { job, around } = change;
  const n = taskNumber(change.nextSeq);
  const blueprint = around.childBlueprint(name, job.clientId);
  if (!blueprint)
    return refused(change, n, transitions, "UNKNOWN_BLUEPRINT", `There is no blueprint '${name}' to run.`);
  const depth = job.depth + 1;
  if (depth > MAX_DEPTH) {
    const message = `'${name}' would be the child number ${depth} in a row; ${MAX_DEPTH} is the limit. Blueprints that start each other are likely.`;
    return refused(change, n, transitions, "CHILD_DEPTH", message);
  }
  const faults = schemaFaults(blueprint.compiled.inputValidator, input);
  if (faults) {
    const message = `The input does not match the input_schema of '${name}': ${faults}`;
    return refused(change, n, transitions, "INVALID_INPUT_ERROR", message);
  }
  const id = around.newJobId();
  change.emit("child_started", { n, child: id, blueprint: name, blueprint_id: blueprint.id });
  change.toMake.push({
    id,
    blueprint,
    input,
    settings: {
      starter: job.starter,
      client: job.client ?? undefined,
      priority: job.priority ?? undefined,
      dispatchTimeoutMs: job.dispatchTimeoutMs ?? undefined,
      resultTimeoutMs: job.resultTimeoutMs ?? undefined,
      parent: { job_id: job.id, n, depth },
    },
  });
  return null;
}

/** A child that can't be started is a child that failed. */
function refused(
  change: JobChange,
  n: number,
  transitions: Readonly<Record<string, string>>,
  code: string,
  message: string,
): { state: string; via: EnteredVia } | null {
  const from = change.job.state;
  change.emit("child_ended", { n, status: "error", outcome: "failure", error: { code, message } });
  if (transitions.failure !== undefined) return { state: transitions.failure, via: { from, on: "failure" } };
  fail(change, code, message);
  return null;
}
