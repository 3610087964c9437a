import type { ProcessAnswer } from "@/lib/api/process";
import { viewOf } from "@/lib/apply-event";
import type { Catalogue } from "@/server/catalogue/catalogue";
import { type Caller, clientFilterOf } from "@/server/clients/caller";
import { notFound } from "@/server/errors";
import type { Database } from "@/server/store/database";
import { readProcess } from "@/server/store/reads/process";
import { processOf } from "./process-tasks";

/** Raised when the same events are told in other words: what clients have kept is then out of date. */
const TELLING = 1;
const TAG = new RegExp(`^(?:W/)?"p${TELLING}-(\\d{1,9})"$`);

/** A process as it stands; `process` is null when the asker has it as it is. */
export interface ReadProcess {
  etag: string;
  process: ProcessAnswer | null;
}

/** `ifNoneMatch`: the header as it came. 404 for what is absent or another client's. */
export async function readProcessAs(
  { database, catalogue }: { database: Database; catalogue: Catalogue },
  caller: Caller,
  processId: string,
  ifNoneMatch: string | null,
): Promise<ReadProcess> {
  const found = await readProcess(database.pool, processId, clientFilterOf(caller), versionOf(ifNoneMatch));
  if (!found) throw notFound("Process");
  const etag = `"p${TELLING}-${found.version}"`;
  if (found.events === null) return { etag, process: null };
  const blueprint = await catalogue.byId(found.blueprintId);
  if (!blueprint) throw notFound("Process");
  const { status, tasks } = processOf(blueprint.document, found.status, viewOf(found.events));
  return { etag, process: { process_id: processId, status, tasks } };
}

/** The version that the asker has; null for none, for several, and for tags that are not ours. */
function versionOf(header: string | null): number | null {
  const match = TAG.exec(header?.trim() ?? "");
  return match ? Number(match[1]) : null;
}
