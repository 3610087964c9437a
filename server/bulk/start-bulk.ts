import { createHash } from "node:crypto";
import type { BulkBody } from "@/lib/api/bulk";
import type { Actor } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import type { Catalogue } from "@/server/catalogue/catalogue";
import { OPERATORS_CLIENT } from "@/server/catalogue/register-blueprints";
import { canonicalJson } from "@/server/engine/blueprint/content-hash";
import { ApiError, invalidRequest, notFound } from "@/server/errors";
import { writeAudit } from "@/server/store/audit-log";
import type { Database } from "@/server/store/database";
import { useSelection } from "@/server/store/selections";
import type { Engine } from "@/server/turn/engine-contract";
import { BULK_BLUEPRINT } from "./bulk-blueprint";

export interface BulkRequest {
  body: BulkBody;
  asker: Actor;
  /** Whose the bulk job will be; null for operators. */
  clientId: number | null;
}

interface Parts {
  engine: Engine;
  database: Database;
  catalogue: Catalogue;
}

/**
 * Starts the bulk job; it is committed when this resolves. The same request again gives the same job. 404 for a selection
 * that is not the asker's, 409 for one that has expired or was used for something else, 400 for an empty one.
 */
export async function startBulk(parts: Parts, { body, asker, clientId }: BulkRequest): Promise<string> {
  const use = await useSelection(parts.database, body.selection_id, asker);
  if (use === "not_found") throw notFound("Selection");
  if (use === "expired") throw new ApiError(409, "conflict", "The selection has expired; select the jobs again");
  if (use.total === 0) throw invalidRequest("selection_id", "the selection holds no jobs");
  const blueprint = await parts.catalogue.head(BULK_BLUEPRINT);
  if (!blueprint) throw new Error(`the blueprint ${BULK_BLUEPRINT} is not stored`);
  const input = body as unknown as JsonObject;
  const [started] = await parts.engine.startJobs([
    {
      blueprintId: blueprint.id,
      clientId: clientId ?? OPERATORS_CLIENT,
      starter: asker,
      input,
      idempotency: { key: `bulk:${body.selection_id}`, requestHash: hashOf(input) },
    },
  ]);
  if (!started) throw new Error("the engine gave no answer to a submission");
  if (started.conflict)
    throw new ApiError(409, "conflict", "The selection was used for another bulk operation; select the jobs again");
  if (started.created)
    await writeAudit(parts.database, {
      by: asker,
      action: `bulk.${body.action}`,
      target: ["job", started.jobId],
      clientId,
      reason: body.reason ?? null,
      data: { selection_id: body.selection_id, jobs: use.total, canary: body.canary, continue: body.continue },
    });
  return started.jobId;
}

function hashOf(input: JsonObject): Buffer {
  return createHash("sha256")
    .update(canonicalJson(input as JsonValue))
    .digest();
}
