import type { JobWrites } from "@/server/engine/writes";
import type { CommitWrites } from "@/server/store/commit-parameters";
import { isDataError, isTransient } from "@/server/store/errors";
import type { Lane } from "@/server/store/lane";
import type { Decided } from "./decide-batch";
import { quarantineInstead } from "./quarantine-instead";
import { announcedOf } from "./send";
import type { TurnDeps } from "./turn-deps";
import { receiptsOf } from "./work";

/** What a commit brought: the changes that won, those that lost a race, and which tasks go into the window. */
export interface Outcome {
  won: Decided[];
  lost: Decided[];
  announced: Set<string>;
  /** The connection broke before the answer: of these nobody knows, and `answeredRows` may still be there. */
  unsure?: { changes: Decided[]; error: unknown };
}

/**
 * Commits a batch in one statement. When the data of one change is refused, the batch is cut in halves until the
 * offender stands alone; it is quarantined with the database's word, and the rest is committed. `answeredRows` are rows
 * of signals that changed nothing; those of the batch go with their jobs. What was committed before the connection broke
 * is told as such.
 */
export async function commitBatch(
  lane: Lane,
  batch: Decided[],
  answeredRows: string[],
  deps: TurnDeps,
): Promise<Outcome> {
  const signalRows = [...answeredRows, ...deps.queue.signalRowsOf(receiptsOf(batch.flatMap((one) => one.works)))];
  const changes: CommitWrites[] = [];
  const all: JobWrites[] = [];
  for (const { writes, madeWrites } of batch) {
    if (!writes) continue;
    changes.push(madeWrites.length === 0 ? writes : { ...writes, made: madeWrites });
    all.push(writes);
    for (const made of madeWrites) all.push(made.writes);
  }
  const announced = announcedOf(all, deps);
  try {
    const winners = await lane.commit(changes, { announced, signalRows });
    const won = batch.filter((one) => winners.has(one.jobId));
    return { won, lost: batch.filter((one) => !winners.has(one.jobId)), announced };
  } catch (error) {
    if (isTransient(error)) return { won: [], lost: [], announced, unsure: { changes: batch, error } };
    if (!isDataError(error)) throw error;
    if (batch.length > 1) return commitHalves(lane, batch, answeredRows, deps);
    const [offender] = batch;
    if (!offender) throw error;
    return commitQuarantine(lane, offender, error as Error, signalRows, deps);
  }
}

async function commitQuarantine(
  lane: Lane,
  offender: Decided,
  failure: Error,
  signalRows: string[],
  deps: TurnDeps,
): Promise<Outcome> {
  deps.log.error("a change was refused by the database", { job: offender.jobId, error: failure });
  const message = `The database refused a change of the job: ${failure.message}`;
  const instead = quarantineInstead(offender.before, { code: "UNSTORABLE_DATA", message }, deps);
  // A job that could be quarantined has heard its signals; of one that could not, nothing became.
  const replaced = { ...offender, ...instead, made: [], madeWrites: [], failure: instead.writes ? null : failure };
  let winners: Set<string>;
  try {
    winners = await lane.commit(instead.writes ? [instead.writes] : [], { signalRows });
  } catch (error) {
    if (!isTransient(error)) throw error;
    return { won: [], lost: [], announced: new Set(), unsure: { changes: [replaced], error } };
  }
  const isLost = instead.writes !== null && !winners.has(offender.jobId);
  return { won: isLost ? [] : [replaced], lost: isLost ? [offender] : [], announced: new Set() };
}

async function commitHalves(lane: Lane, batch: Decided[], answeredRows: string[], deps: TurnDeps): Promise<Outcome> {
  const middle = Math.ceil(batch.length / 2);
  const left = await commitBatch(lane, batch.slice(0, middle), [], deps);
  if (left.unsure) {
    const { changes, error } = left.unsure;
    return { ...left, unsure: { changes: [...changes, ...batch.slice(middle)], error } };
  }
  const right = await commitBatch(lane, batch.slice(middle), answeredRows, deps);
  return {
    unsure: right.unsure,
    won: [...left.won, ...right.won],
    lost: [...left.lost, ...right.lost],
    announced: new Set([...left.announced, ...right.announced]),
  };
}
