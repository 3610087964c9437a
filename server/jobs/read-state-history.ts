import type { JobEvent } from "@/lib/job-event";
import { eventKindOf } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import type { StoredBlueprint } from "@/server/catalogue/catalogue";
import { type CompiledBlueprint, compileBlueprint } from "@/server/engine/blueprint/compile";
import { newJob } from "@/server/engine/draft";
import { fold } from "@/server/engine/fold";
import type { Database } from "@/server/store/database";
import { readPlainEvents } from "@/server/store/reads/history";

const compiled = new Map<string, CompiledBlueprint>();
const MAX_KEPT = 100;

/** What a job has gathered so far: the fold of its events, as the engine itself makes it. */
export async function readStateHistory(
  database: Database,
  jobId: string,
  blueprint: StoredBlueprint,
): Promise<JsonObject> {
  const { input, events } = await readPlainEvents(database.pool, jobId);
  const blank = newJob({ id: jobId, clientId: blueprint.clientId, blueprintId: blueprint.id, input });
  const jobEvents = events.map(({ seq, kind, data }) => ({ seq, kind: eventKindOf(kind), data }) as JobEvent);
  return fold(blank, jobEvents, compiledOf(blueprint)).stateHistory;
}

function compiledOf(blueprint: StoredBlueprint): CompiledBlueprint {
  const known = compiled.get(blueprint.hash);
  if (known) return known;
  const made = compileBlueprint(blueprint.document);
  if (compiled.size >= MAX_KEPT) compiled.clear();
  compiled.set(blueprint.hash, made);
  return made;
}
