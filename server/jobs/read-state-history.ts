import type { JsonObject } from "@/lib/json";
import type { StoredBlueprint } from "@/server/catalogue/catalogue";
import type { Database } from "@/server/store/database";
import { foldJob } from "./fold-job";

/** What a job has gathered so far. */
export async function readStateHistory(
  database: Database,
  jobId: string,
  blueprint: StoredBlueprint,
): Promise<JsonObject> {
  return (await foldJob(database, jobId, blueprint)).stateHistory;
}
