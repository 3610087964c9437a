import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { JobEvent } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import { begin } from "@/server/engine/begin";
import { type CompiledBlueprint, compileBlueprint } from "@/server/engine/blueprint/compile";
import type { Surroundings } from "@/server/engine/change";
import { decide } from "@/server/engine/decide";
import type { Decision } from "@/server/engine/decision";
import { writesOf } from "@/server/engine/diff";
import { newJob } from "@/server/engine/draft";
import { fold } from "@/server/engine/fold";
import type { Job } from "@/server/engine/job";
import type { Signal } from "@/server/engine/signal";
import type { JobWrites } from "@/server/engine/writes";

let made = 1000;

export const AROUND: Surroundings = {
  now: new Date("2026-01-02T03:04:05Z"),
  random: () => 0.5,
  newJobId: () => `0190a000-0000-7000-8000-${String(++made).padStart(12, "0")}`,
  childBlueprint: () => null,
};
export const JOB_ID = "0190a000-0000-7000-8000-000000000001";

/** A job that lives in memory: hears signals, keeps its events, and what each change would have written. */
export class MemoryJob {
  job: Job;
  readonly events: JobEvent[] = [];
  readonly writes: JobWrites[] = [];
  readonly blueprint: CompiledBlueprint;

  constructor(
    document: BlueprintDocument,
    readonly input: JsonObject = {},
    readonly around: Surroundings = AROUND,
    code: Parameters<typeof compileBlueprint>[1] = {},
  ) {
    this.blueprint = compileBlueprint(document, code);
    const blank = this.blank();
    this.job = this.take(blank, begin(this.blueprint, blank, { starter: { kind: "client", id: "1" } }, around));
  }

  hear(...signals: Signal[]): Decision["verdicts"] {
    const decision = decide(this.blueprint, this.job, signals, this.around);
    this.job = this.take(this.job, decision);
    return decision.verdicts;
  }

  /** The worker answers the only open task, or the branch asked for. */
  answer(outcome: string, data?: JsonObject, branch?: number): Decision["verdicts"] {
    const task = [...this.job.tasks.values()].find((one) => branch === undefined || one.branch === branch);
    if (!task) throw new Error("no open task");
    return this.hear({
      kind: "task_result",
      jobId: JOB_ID,
      no: task.no,
      fence: task.fence,
      worker: "w1",
      outcome,
      data,
    });
  }

  answerError(code: string, branch?: number): Decision["verdicts"] {
    const task = [...this.job.tasks.values()].find((one) => branch === undefined || one.branch === branch);
    if (!task) throw new Error("no open task");
    const error = { code, message: `it was ${code}` };
    return this.hear({
      kind: "task_result",
      jobId: JOB_ID,
      no: task.no,
      fence: task.fence,
      worker: "w1",
      outcome: "failure",
      error,
    });
  }

  /** The job as a fresh engine would load it. */
  reloaded(): Job {
    return fold(this.blank(), this.events, this.blueprint);
  }

  kinds(): string[] {
    return this.events.map((event) => event.kind);
  }

  private blank(): Job {
    return newJob({ id: JOB_ID, clientId: 2, blueprintId: 7, input: this.input });
  }

  private take(before: Job, decision: Decision): Job {
    this.writes.push(writesOf(before, decision.job, decision.events, this.blueprint));
    this.events.push(...decision.events);
    return decision.job;
  }
}

/** What a fold knows of a job; params, sessions and the result live in rows, not in events. */
export function comparable(job: Job): unknown {
  const { result: _result, tasks, ...rest } = job;
  return {
    ...rest,
    tasks: [...tasks.values()].map(({ params: _params, session: _session, ...task }) => task),
    timers: [...job.timers.entries()],
  };
}
