import { faultPoint } from "@/server/fault-point";
import { isDataError, isTransient } from "@/server/store/errors";
import type { Lane } from "@/server/store/lane";
import type { JobCache } from "./job-cache";
import { announcedOf, committedOf, send } from "./send";
import type { TurnDeps } from "./turn-deps";
import type { Submission } from "./work";

/**
 * Inserts jobs with their first change in one statement, then sends what they ask for. When the data of one is refused,
 * the batch is cut in halves until the offender stands alone and only its caller hears of it. A submission whose commit
 * got no answer before is looked for by its id, and inserted only if it is not there.
 */
export async function submitBatch(lane: Lane, cache: JobCache, batch: Submission[], deps: TurnDeps): Promise<void> {
  const open = await resolveUnsure(lane, cache, batch, deps);
  if (open.length === 0) return;
  try {
    await insert(lane, cache, open, deps);
  } catch (error) {
    if (!isDataError(error)) throw error;
    // A commit that came through after all, later than it was looked for.
    const rest = await resolveUnsure(lane, cache, open, deps);
    if (rest.length < open.length) return submitBatch(lane, cache, rest, deps);
    if (open.length === 1) throw error;
    await submitHalves(lane, cache, open, deps);
  }
}

/** One half says nothing about the other: when the connection breaks, only the callers of that half are not answered. */
async function submitHalves(lane: Lane, cache: JobCache, batch: Submission[], deps: TurnDeps): Promise<void> {
  const middle = Math.ceil(batch.length / 2);
  let broken: unknown;
  for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
    try {
      await submitBatch(lane, cache, half, deps);
    } catch (error) {
      if (isTransient(error)) broken = error;
      else for (const one of half) one.reject(error);
    }
  }
  if (broken !== undefined) throw broken;
}

/** Answers those that are stored already; returns the others. */
async function resolveUnsure(lane: Lane, cache: JobCache, batch: Submission[], deps: TurnDeps): Promise<Submission[]> {
  const unsure = batch.filter((one) => one.unsure);
  if (unsure.length === 0) return batch;
  const { jobs } = await lane.load(unsure.map((one) => one.job.id));
  const stored = new Set(jobs.map((job) => job.id));
  for (const one of unsure) {
    if (!stored.has(one.job.id)) continue;
    finish([one], one.unsure ?? new Set(), cache, deps);
    one.resolve({ jobId: one.job.id, created: true, conflict: false });
  }
  return batch.filter((one) => !stored.has(one.job.id));
}

async function insert(lane: Lane, cache: JobCache, batch: Submission[], deps: TurnDeps): Promise<void> {
  const writes = batch.flatMap(({ submission }) => [submission.writes, ...submission.made.map((made) => made.writes)]);
  const announced = announcedOf(writes, deps);
  for (const one of batch) one.unsure = announced;
  faultPoint("submit.before_commit");
  const results = await lane.submit(
    batch.map((one) => one.submission),
    announced,
  );
  faultPoint("submit.after_commit");
  for (const one of batch) one.unsure = undefined;
  const created: Submission[] = [];
  for (const [index, one] of batch.entries()) {
    const result = results[index];
    if (!result) throw new Error("a submission got no answer from the store");
    if (result.error !== undefined) {
      one.reject(result.error);
      continue;
    }
    // Its key was met, and it is its own: an earlier try came through.
    const isOurs = result.created || result.jobId === one.job.id;
    if (isOurs) created.push(one);
    one.resolve(isOurs ? { ...result, created: true, conflict: false } : result);
  }
  finish(created, announced, cache, deps);
}

/** After the commit; an error here must not look like a failed commit. */
function finish(created: Submission[], announced: Set<string>, cache: JobCache, deps: TurnDeps): void {
  for (const { job, blueprint, made } of created) {
    cache.set(job.id, { job, blueprint });
    for (const child of made) cache.set(child.job.id, { job: child.job, blueprint: child.blueprint });
  }
  try {
    const committed = created.flatMap(({ job, blueprint, made, submission }) => [
      { job, blueprint, writes: submission.writes },
      ...committedOf(made, submission.made),
    ]);
    send(committed, announced, deps);
  } catch (error) {
    deps.log.error("sending after a submission failed; the reconciler will send again", { error });
  }
}
