import type { BlueprintDocument } from "@/lib/blueprint/document";
import { isJsonObject } from "@/lib/json";
import type { Catalogue, StoredBlueprint } from "@/server/catalogue/catalogue";
import { invalidRequest } from "@/server/errors";
import { listBlueprints } from "@/server/store/blueprints";
import type { Database } from "@/server/store/database";

const MOST_LOOKED_AT = 500;
const MOST_NAMED = 20;

/** A blueprint whose input has a `user_id` can be started as a process. */
export function isProcessType({ input_schema: schema }: Pick<BlueprintDocument, "input_schema">): boolean {
  return isJsonObject(schema) && isJsonObject(schema.properties) && Object.hasOwn(schema.properties, "user_id");
}

/**
 * The blueprint of a process type, as far as this client may start it (null: anyone's). 400 that names the process types there
 * are for any other name: what is absent, foreign, or takes no `user_id` cannot be told apart.
 */
export async function processType(
  parts: { catalogue: Catalogue; database: Database },
  name: string,
  clientId: number | null,
): Promise<StoredBlueprint> {
  const found = /^[A-Za-z0-9_-]{1,128}$/.test(name) ? await parts.catalogue.head(name) : null;
  const isOwn = found && (clientId === null || found.shared || found.clientId === clientId);
  if (isOwn && isProcessType(found.document)) return found;
  const known = await processTypeNames(parts, clientId);
  const hint = known.length === 0 ? "there is none yet" : `there are: ${known.join(", ")}`;
  throw invalidRequest("process_type", `'${name.slice(0, 128)}' is no process type; ${hint}`);
}

async function processTypeNames(
  { catalogue, database }: { catalogue: Catalogue; database: Database },
  clientId: number | null,
): Promise<string[]> {
  const heads = (await listBlueprints(database, clientId ?? undefined)).slice(0, MOST_LOOKED_AT);
  const found = await Promise.all(heads.map(({ id }) => catalogue.byId(id)));
  return found.flatMap((one) => (one && isProcessType(one.document) ? one.name : [])).slice(0, MOST_NAMED);
}
