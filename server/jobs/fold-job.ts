import type { JobEvent } from "@/lib/job-event";
import { eventKindOf } from "@/lib/job-event";
import type { StoredBlueprint } from "@/server/catalogue/catalogue";
import { type CompiledBlueprint, compileBlueprint } from "@/server/engine/blueprint/compile";
import { newJob } from "@/server/engine/draft";
import { fold } from "@/server/engine/fold";
import type { Job } from "@/server/engine/job";
import type { Database } from "@/server/store/database";
import { readPlainEvents } from "@/server/store/reads/history";

const compiled = new Map<string, CompiledBlueprint>();
const MAX_KEPT = 100;

/** A job's events, in order, with what they are folded from and by. */
export interface JobStory {
  blank: Job;
  events: JobEvent[];
  blueprint: CompiledBlueprint;
}

/** Reads all of a job's events; it must exist. */
export async function readJobStory(database: Database, jobId: string, blueprint: StoredBlueprint): Promise<JobStory> {
  const { input, events } = await readPlainEvents(database.pool, jobId);
  return {
    blank: newJob({ id: jobId, clientId: blueprint.clientId, blueprintId: blueprint.id, input }),
    events: events.map(({ seq, kind, data }) => ({ seq, kind: eventKindOf(kind), data }) as JobEvent),
    blueprint: compiledOf(blueprint),
  };
}

/** The job as it stood after its event `seq`, or as it stands: the fold of its events, as the engine itself makes it. */
export function foldStory({ blank, events, blueprint }: JobStory, seq = Number.POSITIVE_INFINITY): Job {
  const upTo = events.filter((event) => event.seq <= seq);
  return fold({ ...blank, tasks: new Map(), timers: new Map() }, upTo, blueprint);
}

export async function foldJob(database: Database, jobId: string, blueprint: StoredBlueprint): Promise<Job> {
  return foldStory(await readJobStory(database, jobId, blueprint));
}

function compiledOf(blueprint: StoredBlueprint): CompiledBlueprint {
  const known = compiled.get(blueprint.hash);
  if (known) return known;
  const made = compileBlueprint(blueprint.document);
  if (compiled.size >= MAX_KEPT) compiled.clear();
  compiled.set(blueprint.hash, made);
  return made;
}
