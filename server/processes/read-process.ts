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
const MOST_TAGS = 20;

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
  const tags = (ifNoneMatch ?? "").split(",", MOST_TAGS).map((tag) => tag.trim());
  const found = await readProcess(database.pool, processId, clientFilterOf(caller), tags.flatMap(versionOf));
  if (!found) throw notFound("Process");
  const etag = `"p${TELLING}-${found.version}"`;
  if (found.events === null || tags.includes("*")) return { etag, process: null };
  const blueprint = await catalogue.byId(found.blueprintId);
  if (!blueprint) throw notFound("Process");
  const { status, tasks } = processOf(blueprint.document, found.status, viewOf(found.events));
  return { etag, process: { process_id: processId, status, tasks } };
}

/** The version of the job that one of our tags names. */
function versionOf(tag: string): number[] {
  const match = TAG.exec(tag);
  return match ? [Number(match[1])] : [];
}
