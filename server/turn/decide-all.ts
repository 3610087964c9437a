import type { Lane } from "@/server/store/lane";
import { isKnownSignal } from "./capabilities";
import { askedByHandler, childNames } from "./child-blueprints";
import { type Decided, decideJob, isRefused } from "./decide-batch";
import { decideUncoded } from "./decide-uncoded";
import type { JobCache } from "./job-cache";
import type { LeftJob } from "./left-job";
import { loadJobs, notHeard } from "./load";
import type { TurnDeps } from "./turn-deps";
import type { Work } from "./work";

/** A batch's signals, decided; and those of jobs that are not there (`missing`) or cannot be run here (`left`). */
export interface DecidedBatch {
  decided: Decided[];
  unknown: { missing: Work[]; left: LeftJob[] };
}

/** Decides the signals of each job: on cached copies first; what they refuse, and what is not cached, on a fresh load. */
export async function decideAll(
  groups: Map<string, Work[]>,
  store: Lane,
  cache: JobCache,
  deps: TurnDeps,
): Promise<DecidedBatch> {
  const decided: Decided[] = [];
  const toLoad: string[] = [];
  await prepareChildren(groups, cache, deps);
  for (const [jobId, works] of groups) {
    const cached = cache.get(jobId);
    const first = cached && works.every(isKnown) ? decideJob(cached, works, deps) : undefined;
    if (first && !isRefused(first)) decided.push(first);
    else toLoad.push(jobId);
  }
  const loaded = await loadJobs(store, cache, deps, toLoad);
  for (const { blueprint } of loaded.jobs.values()) await deps.children.prepare(childNames(blueprint));
  const unknown: DecidedBatch["unknown"] = { missing: [], left: [] };
  for (const jobId of toLoad) {
    const works = groups.get(jobId) ?? [];
    const entry = loaded.jobs.get(jobId);
    const other = loaded.notRunnable.get(jobId) ?? (entry && notHeard(entry, works));
    const here = other ? decideUncoded(other, works, deps) : entry && decideJob(entry, works, deps);
    if (here) decided.push(here);
    else if (other) unknown.left.push({ ...other, works });
    else unknown.missing.push(...works);
  }
  return { decided, unknown };
}

const isKnown = ({ signal }: Work) => isKnownSignal(signal);

/** A decision can't wait for a read: what its job may start is read before it. Most start nothing. */
async function prepareChildren(groups: Map<string, Work[]>, cache: JobCache, deps: TurnDeps): Promise<void> {
  const wanted: string[] = [];
  for (const [jobId, works] of groups) {
    const cached = cache.get(jobId);
    if (cached) wanted.push(...childNames(cached.blueprint));
    for (const { signal } of works) wanted.push(...askedByHandler(signal));
  }
  if (wanted.length > 0) await deps.children.prepare(wanted);
}
