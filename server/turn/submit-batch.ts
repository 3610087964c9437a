import { faultPoint } from "@/server/fault-point";
import { isDataError } from "@/server/store/errors";
import type { Lane } from "@/server/store/lane";
import type { JobCache } from "./job-cache";
import { announcedOf, committedOf, send } from "./send";
import type { TurnDeps } from "./turn-deps";
import type { Submission } from "./work";

/**
 * Inserts jobs with their first change in one statement, then sends what they ask for. When the data of one is refused,
 * the batch is cut in halves until the offender stands alone and only its caller hears of it.
 */
export async function submitBatch(lane: Lane, cache: JobCache, batch: Submission[], deps: TurnDeps): Promise<void> {
  try {
    await insert(lane, cache, batch, deps);
  } catch (error) {
    if (!isDataError(error) || batch.length === 1) throw error;
    const middle = Math.ceil(batch.length / 2);
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      try {
        await submitBatch(lane, cache, half, deps);
      } catch (halfError) {
        for (const one of half) one.reject(halfError);
      }
    }
  }
}

async function insert(lane: Lane, cache: JobCache, batch: Submission[], deps: TurnDeps): Promise<void> {
  const writes = batch.flatMap(({ submission }) => [submission.writes, ...submission.made.map((made) => made.writes)]);
  const announced = announcedOf(writes, deps);
  faultPoint("submit.before_commit");
  const results = await lane.submit(
    batch.map((one) => one.submission),
    announced,
  );
  faultPoint("submit.after_commit");
  const created: Submission[] = [];
  for (const [index, one] of batch.entries()) {
    const result = results[index];
    if (!result) throw new Error("a submission got no answer from the store");
    if (result.created) {
      created.push(one);
      cache.set(one.job.id, { job: one.job, blueprint: one.blueprint });
      for (const { job, blueprint } of one.made) cache.set(job.id, { job, blueprint });
    }
    if (result.error === undefined) one.resolve(result);
    else one.reject(result.error);
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
