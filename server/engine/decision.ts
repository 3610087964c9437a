import type { Actor, JobEvent } from "@/lib/job-event";
import type { MadeJob } from "./change";
import type { Job } from "./job";
import type { DataFault, IgnoredReason } from "./signal";

/** What became of one signal. `branch`: the task whose result it brought was that branch of a fan-out. */
export type Verdict =
  | { applied: true; branch?: number }
  | { applied: false; reason: IgnoredReason; by?: Actor; detail?: string; faults?: DataFault[] };

/** A job after its signals, the events that brought it there, the jobs it made, and what became of each signal, in order. */
export interface Decision {
  job: Job;
  events: JobEvent[];
  made: MadeJob[];
  verdicts: Verdict[];
}
