import { isDataError } from "@/server/store/errors";
import type { Lane } from "@/server/store/lane";
import type { Decided } from "./decide-batch";
import { quarantineOffender } from "./quarantine-offender";
import { announcedOf } from "./send";
import type { TurnDeps } from "./turn-deps";
import { receiptsOf } from "./work";

/** What a commit brought: the changes that won, those that lost a race, and which tasks go into the window. */
export interface Outcome {
  won: Decided[];
  lost: Decided[];
  announced: Set<string>;
}

/**
 * Commits a batch in one statement. When the data of one change is refused, the batch is cut in halves until the
 * offender stands alone; it is quarantined with the database's word, and the rest is committed. `answeredRows` are rows
 * of signals that changed nothing; those of the batch go with their jobs.
 */
export async function commitBatch(
  lane: Lane,
  batch: Decided[],
  answeredRows: string[],
  deps: TurnDeps,
): Promise<Outcome> {
  const signalRows = [...answeredRows, ...deps.queue.signalRowsOf(batch.flatMap((one) => receiptsOf(one.works)))];
  const changes = batch.flatMap((one) => (one.writes ? [one.writes] : []));
  const announced = announcedOf(changes, deps);
  try {
    const winners = await lane.commit(changes, { announced, signalRows });
    const won = batch.filter((one) => winners.has(one.jobId));
    return { won, lost: batch.filter((one) => !winners.has(one.jobId)), announced };
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (batch.length > 1) return commitHalves(lane, batch, answeredRows, deps);
    const [offender] = batch;
    if (!offender) throw error;
    deps.log.error("a change was refused by the database; its job is quarantined", { job: offender.jobId, error });
    const replaced = { ...offender, ...quarantineOffender(offender, error as Error, deps) };
    const winners = await lane.commit(replaced.writes ? [replaced.writes] : [], { signalRows });
    return winners.has(offender.jobId)
      ? { won: [replaced], lost: [], announced: new Set() }
      : { won: [], lost: [offender], announced: new Set() };
  }
}

async function commitHalves(lane: Lane, batch: Decided[], answeredRows: string[], deps: TurnDeps): Promise<Outcome> {
  const middle = Math.ceil(batch.length / 2);
  const left = await commitBatch(lane, batch.slice(0, middle), [], deps);
  const right = await commitBatch(lane, batch.slice(middle), answeredRows, deps);
  return {
    won: [...left.won, ...right.won],
    lost: [...left.lost, ...right.lost],
    announced: new Set([...left.announced, ...right.announced]),
  };
}
