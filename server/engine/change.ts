import type { EventData, EventKind, JobEvent } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import { applyEvent } from "./apply";
import type { CompiledBlueprint } from "./blueprint/compile";
import { draftOf } from "./draft";
import type { Job } from "./job";
import type { JobSettings } from "./job-settings";

/** What a decision may know beside the job and the signal; time, chance and names of others are arguments. */
export interface Surroundings {
  /** The database's clock. */
  now: Date;
  /** 0 ≤ x < 1, for the jitter of retries. */
  random: () => number;
  /** The id of a job to be made. */
  newJobId: () => string;
  /** The version that a child job of this name is pinned to; null when there is none that the client may start. */
  childBlueprint: (name: string, clientId: number) => PinnedBlueprint | null;
}

/** A stored version, compiled. */
export interface PinnedBlueprint {
  id: number;
  name: string;
  compiled: CompiledBlueprint;
}

/** A job that a change makes beside its own: a child, or a fork. */
export interface JobToMake {
  id: string;
  blueprint: PinnedBlueprint;
  input: JsonObject;
  settings: JobSettings;
  /** Where it begins when not at the start, and with what state history. */
  at?: { state: string; stateHistory: JsonObject };
}

/** A job that was made: its first change. */
export interface MadeJob {
  blueprint: PinnedBlueprint;
  before: Job;
  job: Job;
  events: JobEvent[];
}

/** One change of a job in the making: every event that is emitted is applied to the draft at once. */
export class JobChange {
  readonly job: Job;
  readonly events: JobEvent[] = [];
  /** Jobs asked for and not begun yet, and those begun. */
  readonly toMake: JobToMake[] = [];
  readonly made: MadeJob[] = [];

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
