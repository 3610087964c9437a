import type { Signal } from "@/server/engine/signal";
import { type Decided, decideJob } from "./decide-batch";
import type { NotRunnable } from "./left-job";
import type { TurnDeps } from "./turn-deps";
import type { Work } from "./work";

/** They end a job, whatever it is doing: nothing of its code runs because of them. */
const NEEDS_NO_CODE: ReadonlySet<Signal["kind"]> = new Set(["cancel", "give_up"]);

/**
 * What can be said without the code of a job's version: that it is cancelled, and that a signal changes nothing. Null
 * when any of the signals is for an engine that has the code.
 */
export function decideUncoded(job: NotRunnable, works: Work[], deps: TurnDeps): Decided | null {
  if (!job.uncoded) return null;
  const decided = decideJob(job.uncoded, works, deps);
  if (decided.failure) return null;
  const isDone = (work: Work, index: number) =>
    NEEDS_NO_CODE.has(work.signal.kind) || decided.verdicts[index]?.applied === false;
  return works.every(isDone) ? decided : null;
}
