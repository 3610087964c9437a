import { type Decision, decide, type Verdict } from "@/server/engine/decide";
import { writesOf } from "@/server/engine/diff";
import type { Job } from "@/server/engine/job";
import type { JobWrites } from "@/server/engine/writes";
import type { CachedJob } from "./job-cache";
import { quarantineInstead } from "./quarantine-instead";
import type { TurnDeps } from "./turn-deps";
import type { Work } from "./work";

/** One job's share of a batch: its signals, decided in the order they came. */
export interface Decided {
  jobId: string;
  works: Work[];
  before: CachedJob;
  after: Job;
  verdicts: Verdict[];
  /** Null when nothing changed. */
  writes: JobWrites | null;
  /** Why nothing became of the signals: who waits for them is told. */
  failure: Error | null;
}

/** Groups signals by job, keeping their order. */
export function byJob(works: Work[]): Map<string, Work[]> {
  const groups = new Map<string, Work[]>();
  for (const work of works) {
    const group = groups.get(work.signal.jobId);
    if (group) group.push(work);
    else groups.set(work.signal.jobId, [work]);
  }
  return groups;
}

/** Decides one job's signals. A job that they cannot be decided for goes to quarantine: it must not hold up the others. */
export function decideJob(entry: CachedJob, works: Work[], deps: TurnDeps): Decided {
  const { compiled } = entry.blueprint;
  const around = { now: deps.clock.now(), random: deps.random };
  const signals = works.map((work) => work.signal);
  const base = { jobId: entry.job.id, works, before: entry };
  try {
    const { job: after, events, verdicts }: Decision = decide(compiled, entry.job, signals, around);
    const writes = events.length === 0 ? null : ownHandlers(writesOf(entry.job, after, events, compiled), deps);
    return { ...base, after, verdicts, writes, failure: null };
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    const kinds = [...new Set(signals.map((signal) => signal.kind))].join(", ");
    const message = `The engine could not decide what follows from ${kinds}: ${failure.message}`;
    return { ...base, verdicts: [], ...quarantineInstead(entry, { code: "ENGINE_ERROR", message }, deps), failure };
  }
}

/** A cached copy may be older than the signal: whatever it refuses is decided again on a fresh load. */
export function isRefused(decided: Decided): boolean {
  return decided.failure !== null || decided.verdicts.some((verdict) => !verdict.applied);
}

/** The timer of a running handler names its engine, so that another may take over when that engine is gone. */
export function ownHandlers(writes: JobWrites, deps: TurnDeps): JobWrites {
  for (const timer of writes.timersSet) {
    if (timer.kind === "handler") timer.data = { ...timer.data, engine: deps.engineId };
  }
  return writes;
}
