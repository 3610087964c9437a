import type { Actor } from "@/lib/job-event";
import type { JobStatus } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";
import type { JobSettings } from "@/server/engine/job-settings";
import type { DataFault, IgnoredReason, Signal } from "@/server/engine/signal";
import type { DispatchFigures } from "./dispatch/dispatch-figures";
import type { TurnFigures } from "./figures";

/** One job to start. The blueprint is the stored version that it will be pinned to. */
export interface StartJobRequest extends JobSettings {
  blueprintId: number;
  clientId: number;
  input: JsonObject;
  /** By which the process API will know the job; stored with it, in the same statement. */
  processId?: string;
  /** The same key with the same hash gives the same job; with another hash a conflict. */
  idempotency?: { key: string; requestHash: Uint8Array };
}

/** `created` false: the key was used before, and this is its job. `conflict`: the key belongs to another request. */
export interface StartJobResult {
  jobId: string;
  created: boolean;
  conflict: boolean;
}

/**
 * What became of a signal that somebody waits for: committed, or ignored with its reason. `branch`: the task whose result
 * it brought was that branch of a fan-out. `job`: where the job stands, when there is one.
 */
export type ApplyResult =
  | { applied: true; version: number; status: JobStatus; state: string; branch?: number }
  | {
      applied: false;
      reason: IgnoredReason;
      by?: Actor;
      detail?: string;
      faults?: DataFault[];
      job?: { version: number; status: JobStatus; state: string };
    };

/** The one door through which jobs change. */
export interface Engine {
  start(): Promise<void>;
  /** Drains: finishes what is under way, releases its partitions; resolves when nothing is left. */
  stop(): Promise<void>;
  /** Inserts jobs and their first change in one commit. Throws what the database throws; nothing is half done. */
  startJobs(requests: StartJobRequest[]): Promise<StartJobResult[]>;
  /** Decides and commits one signal, and says what became of it. Several concurrent calls share a commit. */
  apply(signal: Signal): Promise<ApplyResult>;
  figures(): TurnFigures;
  /** What the dispatcher did in this process; the counts of what waits are those of its last look, if it was here. */
  dispatchFigures(): DispatchFigures;
  /** Whether this process is the dispatcher: one of all is, and shows the figures that all share. */
  leads(): boolean;
  health(): { ready: boolean; checks: Record<string, string> };
}
