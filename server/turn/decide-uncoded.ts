import type { Signal } from "@/server/engine/signal";
import { type Decided, decideJob } from "./decide-batch";
import type { CachedJob } from "./job-cache";
import type { NotRunnable } from "./left-job";
import { quarantineInstead } from "./quarantine-instead";
import type { TurnDeps } from "./turn-deps";
import type { Work } from "./work";

/** They end a job, whatever it is doing: nothing of its code runs because of them. */
const NEEDS_NO_CODE: ReadonlySet<Signal["kind"]> = new Set(["cancel", "give_up"]);

/**
 * What can be said without the code of a job's version: that it is cancelled, that a signal changes nothing, and that the
 * job goes to quarantine when for too long there was no engine for it. Null when any of the signals is for an engine that
 * has the code.
 */
export function decideUncoded(job: NotRunnable, works: Work[], deps: TurnDeps): Decided | null {
  if (!job.uncoded) return null;
  const decided = decideJob(job.uncoded, works, deps);
  if (decided.failure) return null;
  const isDone = (work: Work, index: number) =>
    NEEDS_NO_CODE.has(work.signal.kind) || decided.verdicts[index]?.applied === false;
  if (works.every(isDone)) return decided;
  return works.some((work) => work.hopeless) ? putAside(job.uncoded, works, deps.left.noEngine(job), deps) : null;
}

function putAside(
  before: CachedJob,
  works: Work[],
  reason: { code: string; message: string },
  deps: TurnDeps,
): Decided {
  const { job } = before;
  const change = job.status === "quarantined" ? { after: job, writes: null } : quarantineInstead(before, reason, deps);
  if (change.writes) deps.log.error("a job was put into quarantine", { job: job.id, ...reason });
  const verdicts = works.map(() => ({ applied: false, reason: "quarantined" }) as const);
  return { jobId: job.id, works, before, verdicts, made: [], madeWrites: [], failure: null, ...change };
}
