import type { Actor } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import type { Database } from "./database";

export interface AuditEntry {
  by: Actor;
  /** `<subject>.<verb>`: `job.cancel`, `blueprint.put`, `operator.sign_in`. */
  action: string;
  /** What it was done to: its kind and its id. */
  target: readonly [kind: string, id: string];
  clientId?: number | null;
  reason?: string | null;
  data?: JsonObject;
}

/** Adds to the log of who did what. */
export async function writeAudit(database: Database, entry: AuditEntry): Promise<void> {
  const { by, action, target, clientId = null, reason = null, data } = entry;
  await database.pool.query(
    `insert into audit (actor_kind, actor_id, actor_name, action, target_kind, target_id, client_id, reason, data)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      by.kind,
      by.id,
      by.name ?? null,
      action,
      target[0],
      target[1],
      clientId,
      reason,
      data ? JSON.stringify(data) : null,
    ],
  );
}
