import { newJob } from "@/server/engine/draft";
import { fold } from "@/server/engine/fold";
import { type Job, shownStatus } from "@/server/engine/job";
import type { Lane } from "@/server/store/lane";
import type { LoadedJob } from "@/server/store/load-jobs";
import type { KnownVersion, RunnableBlueprint } from "./blueprint-source";
import { eventNeed, isKnownSignal, signalNeed } from "./capabilities";
import type { CachedJob, JobCache } from "./job-cache";
import type { NotRunnable } from "./left-job";
import type { TurnDeps } from "./turn-deps";
import type { Work } from "./work";

/** Jobs asked for: found and folded, not to be worked on here, or absent (in none of the two). */
export interface Loaded {
  jobs: Map<string, CachedJob>;
  notRunnable: Map<string, NotRunnable>;
}

/** Reads jobs with their events in one round trip, and folds them. A job that cannot be folded holds up no other. */
export async function loadJobs(lane: Lane, cache: JobCache, deps: TurnDeps, ids: string[]): Promise<Loaded> {
  const found: Loaded = { jobs: new Map(), notRunnable: new Map() };
  if (ids.length === 0) return found;
  const { now, jobs } = await lane.load(ids);
  deps.clock.learn(now);
  for (const row of jobs) {
    const version = await deps.blueprints.find(row.blueprintId);
    const entry = version?.runnable && !row.unknownEvents ? entryOf(row, version.runnable) : null;
    if (entry && !(entry instanceof Error)) {
      cache.set(row.id, entry);
      found.jobs.set(row.id, entry);
    } else found.notRunnable.set(row.id, notRunnable(row, version, entry));
  }
  return found;
}

function notRunnable(row: LoadedJob, version: KnownVersion | null, broken: Error | null): NotRunnable {
  const { blueprintId } = row;
  const needs = [...(version?.needs ?? [`blueprint:${blueprintId}`]), eventNeed(row.newestKind)];
  if (!version) return { row, name: `blueprint version ${blueprintId}, which is gone`, needs, uncoded: null, broken };
  const name = `version ${version.version} of ${version.name} (${version.hash.slice(0, 12)})`;
  const { id, compiled } = version;
  if (broken || row.unknownEvents || !compiled) return { row, name, needs, uncoded: null, broken };
  const uncoded = entryOf(row, { id, name: version.name, compiled, uncoded: true });
  return uncoded instanceof Error
    ? { row, name, needs, uncoded: null, broken: uncoded }
    : { row, name, needs, uncoded, broken: null };
}

/** A job that this engine could work on, if it knew what the signals mean; undefined when it does. */
export function notHeard({ job, blueprint }: CachedJob, works: Work[]): NotRunnable | undefined {
  const strange = works.filter(({ signal }) => !isKnownSignal(signal)).map(({ signal }) => signal.kind);
  if (strange.length === 0) return undefined;
  const code = blueprint.revision == null ? [] : [blueprint.compiled.hash];
  const needs = [...code, ...new Set(strange.map(signalNeed))];
  const name = `${blueprint.name}, and knows the signal ${strange[0]}`;
  return { row: { id: job.id, version: job.version }, name, needs, uncoded: null, broken: null, unheard: true };
}

/** Folds a job; gives the error when its events do not add up. */
function entryOf(row: LoadedJob, blueprint: RunnableBlueprint): CachedJob | Error {
  try {
    return { job: jobOf(row, blueprint), blueprint };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function jobOf(row: LoadedJob, blueprint: RunnableBlueprint): Job {
  const { id, clientId, blueprintId, input } = row;
  if (row.events.length !== row.version)
    throw new Error(`its row says version ${row.version}, but there are ${row.events.length} events`);
  const job = fold(newJob({ id, clientId, blueprintId, input }), row.events, blueprint.compiled);
  if (job.version !== row.version || shownStatus(job) !== row.status) {
    const folded = `version ${job.version}, status ${shownStatus(job)}`;
    throw new Error(`its row says version ${row.version}, status ${row.status}; its events ${folded}`);
  }
  job.result = row.result;
  return job;
}
