import type { EventData, EventKind, JobEvent } from "@/lib/job-event";
import { applyEvent } from "./apply";
import type { CompiledBlueprint } from "./blueprint/compile";
import { draftOf } from "./draft";
import type { Job } from "./job";

/** What a decision may know beside the job and the signal; time and chance are arguments. */
export interface Surroundings {
  /** The database's clock. */
  now: Date;
  /** 0 ≤ x < 1, for the jitter of retries. */
  random: () => number;
}

/** One change of a job in the making: every event that is emitted is applied to the draft at once. */
export class JobChange {
  readonly job: Job;
  readonly events: JobEvent[] = [];

  constructor(
    readonly before: Job,
    readonly blueprint: CompiledBlueprint,
    readonly around: Surroundings,
  ) {
    this.job = draftOf(before);
  }

  /** Emits the next event; returns its number. */
  emit<K extends EventKind>(kind: K, data: EventData[K]): number {
    const seq = this.job.version + 1;
    const event = { seq, kind, data } as JobEvent;
    this.events.push(event);
    applyEvent(this.job, event, this.blueprint);
    return seq;
  }

  /** The number that the next event will have. */
  get nextSeq(): number {
    return this.job.version + 1;
  }
}
