import { newJob } from "@/server/engine/draft";
import { fold } from "@/server/engine/fold";
import type { Job } from "@/server/engine/job";
import type { Lane } from "@/server/store/lane";
import type { LoadedJob } from "@/server/store/load-jobs";
import type { RunnableBlueprint } from "./blueprint-source";
import type { CachedJob, JobCache } from "./job-cache";
import type { TurnDeps } from "./turn-deps";

/** Jobs asked for: found and folded, of a blueprint that this engine cannot run, or absent (in none of the two). */
export interface Loaded {
  jobs: Map<string, CachedJob>;
  notRunnable: Set<string>;
}

/** Reads jobs with their events in one round trip, and folds them. */
export async function loadJobs(lane: Lane, cache: JobCache, deps: TurnDeps, ids: string[]): Promise<Loaded> {
  const found: Loaded = { jobs: new Map(), notRunnable: new Set() };
  if (ids.length === 0) return found;
  const { now, jobs } = await lane.load(ids);
  deps.clock.learn(now);
  for (const row of jobs) {
    const blueprint = await deps.blueprints.byId(row.blueprintId);
    if (!blueprint) {
      found.notRunnable.add(row.id);
      continue;
    }
    const entry = { job: jobOf(row, blueprint), blueprint };
    cache.set(row.id, entry);
    found.jobs.set(row.id, entry);
  }
  return found;
}

function jobOf(row: LoadedJob, blueprint: RunnableBlueprint): Job {
  const { id, clientId, blueprintId, input } = row;
  const job = fold(newJob({ id, clientId, blueprintId, input }), row.events, blueprint.compiled);
  if (job.version !== row.version || job.status !== row.status) {
    const folded = `version ${job.version}, status ${job.status}`;
    throw new Error(`job ${id}: its row says version ${row.version}, status ${row.status}; its events ${folded}`);
  }
  job.result = row.result;
  return job;
}
