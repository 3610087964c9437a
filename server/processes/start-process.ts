import type { StartProcessBody } from "@/lib/api/process";
import type { JsonObject } from "@/lib/json";
import type { Catalogue, StoredBlueprint } from "@/server/catalogue/catalogue";
import { type Caller, clientFilterOf } from "@/server/clients/caller";
import { compileJsonSchema } from "@/server/engine/blueprint/json-schema-validator";
import { ApiError } from "@/server/errors";
import { type StartParts, startJobAs } from "@/server/jobs/start-job-as";
import { readProcessId } from "@/server/store/reads/process";
import { newProcessId } from "./process-id";
import { processType } from "./process-types";

export interface StartedProcess {
  processId: string;
  blueprint: string;
  /** The key was used before for the same request, and this is its process. */
  replayed: boolean;
  headers: Record<string, string>;
}

/**
 * Starts the job that a process is. Its id is committed with the job, in the same statement; a repeated key gives the id that
 * was committed first. 400 for an unknown type and for input that the blueprint does not take, 422 for a key that belongs to
 * another request, 429 for a quota that is used up.
 */
export async function startProcess(
  parts: StartParts & { catalogue: Catalogue },
  caller: Caller,
  body: StartProcessBody,
  more: { idempotencyKey: string | null; trace: Record<string, string> },
): Promise<StartedProcess> {
  const { process_type, ...input } = body;
  const blueprint = await processType(parts, process_type, clientFilterOf(caller));
  checkInput(blueprint, input as JsonObject);
  const wanted = newProcessId();
  const started = await startJobAs(parts, caller, {
    blueprint,
    body: { initial_data: input as JsonObject },
    processId: wanted,
    ...more,
  });
  const { replayed, headers } = started;
  const processId = replayed ? await readProcessId(parts.database.pool, started.jobId) : wanted;
  if (processId === null) throw usedElsewhere();
  return { processId, blueprint: blueprint.name, replayed, headers };
}

/** The same key began a job through the API of jobs, which gives no process id. */
function usedElsewhere(): ApiError {
  const message = "This Idempotency-Key was used to start a job that is no process; use a new key";
  return new ApiError(422, "idempotency_conflict", message, {
    details: [{ path: "Idempotency-Key", message: "was used for a job that is no process" }],
  });
}

/** Says what is wrong in the words of the request: `user_id`, not `initial_data.user_id`. */
function checkInput({ document, name }: StoredBlueprint, input: JsonObject): void {
  if (!document.input_schema) return;
  const checked = compileJsonSchema(document.input_schema).validate(input);
  if (checked.ok) return;
  const details = checked.problems.map(({ field, message, fix }) => ({ path: field, message, fix }));
  const [first] = checked.problems;
  const where = first?.field ? `${first.field}: ` : "";
  throw new ApiError(400, "invalid_request", `${where}${first?.message ?? `is not what ${name} takes`}`, { details });
}
