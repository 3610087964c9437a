import type { MadeJob } from "@/server/engine/change";
import { decide } from "@/server/engine/decide";
import type { Verdict } from "@/server/engine/decision";
import { writesOf } from "@/server/engine/diff";
import type { Job } from "@/server/engine/job";
import { writesOfMade } from "@/server/engine/made-jobs";
import type { JobWrites, NewJobWrites } from "@/server/engine/writes";
import { aroundOf } from "./around";
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
  /** Jobs that the change makes (children, a fork), and what each writes, in the same order. */
  made: MadeJob[];
  madeWrites: NewJobWrites[];
  /** Why nothing became of the signals: who waits for them is told. */
  failure: Error | null;
}

const NONE: never[] = [];

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
  const around = aroundOf(deps);
  const signals = works.map((work) => work.signal);
  const jobId = entry.job.id;
  try {
    const { job: after, events, made, verdicts } = decide(compiled, entry.job, signals, around);
    const writes = events.length === 0 ? null : ownHandlers(writesOf(entry.job, after, events, compiled), deps);
    const madeWrites = made.length === 0 ? NONE : writesOfMadeHere(made, deps);
    // Spelled out: an object that begins with a spread is built ten times slower, and this runs for every signal.
    return { jobId, works, before: entry, after, verdicts, writes, made, madeWrites, failure: null };
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    const kinds = [...new Set(signals.map((signal) => signal.kind))].join(", ");
    const message = `The engine could not decide what follows from ${kinds}: ${failure.message}`;
    const { after, writes } = quarantineInstead(entry, { code: "ENGINE_ERROR", message }, deps);
    return { jobId, works, before: entry, after, verdicts: [], writes, made: NONE, madeWrites: NONE, failure };
  }
}

/** What made jobs write; their handlers are this engine's. */
export function writesOfMadeHere(made: MadeJob[], deps: TurnDeps): NewJobWrites[] {
  const all = writesOfMade(made, aroundOf(deps));
  for (const { writes } of all) ownHandlers(writes, deps);
  return all;
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
