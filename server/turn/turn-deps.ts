import type { Job } from "@/server/engine/job";
import type { CountedChange } from "@/server/metrics/job-metrics";
import type { EngineQueue, LiveBus, NoticeBus } from "@/server/queue/contract";
import type { BlueprintSource, RunnableBlueprint } from "./blueprint-source";
import type { ChildBlueprints } from "./child-blueprints";
import type { ReputationLedger } from "./dispatch/reputation-ledger";
import type { TurnFigures } from "./figures";
import type { LeftJob, NotRunnable } from "./left-job";
import type { Refiller } from "./refill";
import type { TurnLog } from "./turn-log";

/** What the steps of the pipeline share. */
export interface TurnDeps {
  engineId: string;
  queue: EngineQueue;
  live: LiveBus;
  /** Where processes with connections to remote workers hear of attempts that ended; absent: nobody listens. */
  notices?: Pick<NoticeBus, "tell">;
  blueprints: BlueprintSource;
  children: ChildBlueprints;
  clock: DatabaseClock;
  /** 0 ≤ x < 1. */
  random: () => number;
  log: TurnLog;
  figures: TurnFigures;
  /** Hears of every committed change, before anybody else does; must not throw. Absent: nobody counts. */
  onCommitted?: (change: CountedChange) => void;
  /** Hears of the results of workers. */
  reputations: Pick<ReputationLedger, "note">;
  refiller: Refiller;
  left: {
    leave(jobs: LeftJob[]): Promise<void>;
    /** Why a job goes to quarantine that no engine could work on for too long. */
    noEngine(job: NotRunnable): { code: string; message: string };
  };
  /** Starts a handler outside of the turn; it comes back as a signal. */
  runHandler(job: Job, blueprint: RunnableBlueprint): void;
}

/** The database's clock, by the offset last measured: one clock for every deadline. */
export interface DatabaseClock {
  now(): Date;
  learn(databaseNow: Date): void;
}

export function databaseClock(): DatabaseClock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    learn(databaseNow) {
      offsetMs = databaseNow.getTime() - Date.now();
    },
  };
}
