import type { StartJobBody } from "@/lib/api/start-job";
import type { StoredBlueprint } from "@/server/catalogue/catalogue";
import { OPERATORS_CLIENT } from "@/server/catalogue/register-blueprints";
import { actorOf, type Caller, clientFilterOf } from "@/server/clients/caller";
import { NO_QUOTA, quotaOf } from "@/server/clients/quota";
import type { Log } from "@/server/log";
import type { Database } from "@/server/store/database";
import type { Engine } from "@/server/turn/engine-contract";
import { startJob } from "./start-job";

export interface StartParts {
  engine: Engine;
  database: Database;
  log: Log;
}

export interface StartRequest {
  blueprint: StoredBlueprint;
  body: StartJobBody;
  idempotencyKey: string | null;
  /** By which the process API will know the job. */
  processId?: string;
  trace: Record<string, string>;
  /** False: of this blueprint everybody may start jobs, by an operation of its own. Absent: as the blueprint is shared. */
  ownOnly?: false;
}

/** A job that a caller started; `headers` tell a client with a quota what is left of it. */
export interface StartedJob {
  jobId: string;
  /** The key was used before for the same request, and this is its job. */
  replayed: boolean;
  headers: Record<string, string>;
}

/**
 * Starts a job for whoever asks. A client's token pays with one job of its monthly quota, once the request is known to be
 * good, and gets it back when no job is made. Refused as `startJob` says, and 429 when the quota is used up.
 */
export async function startJobAs(parts: StartParts, caller: Caller, request: StartRequest): Promise<StartedJob> {
  const client = caller.kind === "client" ? caller.client : null;
  const quota = client ? quotaOf(parts, client, request.idempotencyKey) : NO_QUOTA;
  const order = {
    ...request,
    clientId: clientFilterOf(caller) ?? OPERATORS_CLIENT,
    ownOnly: request.ownOnly ?? client !== null,
    starter: actorOf(caller),
    client: client?.facts ?? null,
  };
  const started = await startJob(parts.engine, order, quota);
  return { ...started, headers: await quota.headers() };
}
