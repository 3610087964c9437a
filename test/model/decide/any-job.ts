import { expect } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { JobEvent } from "@/lib/job-event";
import { isTerminal } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";
import { begin } from "@/server/engine/begin";
import { type CompiledBlueprint, compileBlueprint } from "@/server/engine/blueprint/compile";
import type { PinnedBlueprint, Surroundings } from "@/server/engine/change";
import { decide } from "@/server/engine/decide";
import type { Decision } from "@/server/engine/decision";
import { writesOf } from "@/server/engine/diff";
import { newJob } from "@/server/engine/draft";
import { fold } from "@/server/engine/fold";
import type { Job } from "@/server/engine/job";
import type { Signal } from "@/server/engine/signal";
import type { JobWrites } from "@/server/engine/writes";
import { comparable } from "@/test/engine/decide-harness";
import { checkMade, Rows } from "./tables";

export const ANY_ID = "0190a000-0000-7000-8000-000000000001";
const NOW = new Date("2026-01-02T03:04:05Z");
/** A terminal job moves only by these. */
const REOPENING = new Set(["job_retried", "job_forked"]);

const KIDS: Record<string, BlueprintDocument> = {
  slow_kid: {
    name: "slow_kid",
    states: {
      work: { type: "task", start: true, task_type: "a", transitions: { success: "done" } },
      done: { type: "end", outcome: "success" },
    },
  },
  quick_kid: { name: "quick_kid", states: { done: { type: "end", start: true, outcome: "success", result: 7 } } },
  choosy_kid: {
    name: "choosy_kid",
    input_schema: { type: "object", required: ["n"], properties: { n: { type: "integer" } } },
    states: {
      ask: { type: "approval", start: true, message: "?", transitions: { approved: "done" } },
      done: { type: "end", outcome: "failure" },
    },
  },
};
const kids = new Map<string, PinnedBlueprint>(
  Object.values(KIDS).map((kid, index) => [
    kid.name,
    { id: 50 + index, name: kid.name, compiled: compileBlueprint(kid) },
  ]),
);

/** The same answers for the same question: ids of new jobs follow from the version that asks. */
function surroundings(version: number): Surroundings {
  let made = 0;
  return {
    now: NOW,
    random: () => 0.5,
    newJobId: () => `0190c000-0000-7000-8000-${String(version * 100 + ++made).padStart(12, "0")}`,
    childBlueprint: (name) => kids.get(name) ?? null,
  };
}

/** A job that checks, with every change, all that a change promises. */
export class AnyJob {
  job: Job;
  readonly events: JobEvent[] = [];
  readonly blueprint: CompiledBlueprint;
  private readonly rows = new Rows();
  private readonly made = new Set<string>();

  constructor(
    document: BlueprintDocument,
    readonly input: JsonObject,
  ) {
    this.blueprint = compileBlueprint(document, { handlers: {} });
    const blank = this.blank();
    this.job = this.take(
      blank,
      begin(this.blueprint, blank, { starter: { kind: "client", id: "1" } }, surroundings(0)),
    );
  }

  /** Decides, and checks that deciding was pure and its change whole. */
  hear(...signals: Signal[]): Decision {
    const before = this.job;
    const copy = structuredClone(before);
    const said = structuredClone(signals);
    const decision = decide(this.blueprint, before, signals, surroundings(before.version));
    expect(before, "the job that was decided on").toEqual(copy);
    expect(signals, "the signals").toEqual(said);
    const again = decide(this.blueprint, copy, said, surroundings(before.version));
    expect(again).toEqual(decision);
    this.checkVerdicts(before, decision);
    this.job = this.take(before, decision);
    return decision;
  }

  /** The job as a fresh engine would load it is the job that was decided. */
  checkFold(): void {
    expect(comparable(fold(this.blank(), this.events, this.blueprint))).toEqual(comparable(this.job));
  }

  private checkVerdicts(before: Job, { events, verdicts, made }: Decision): void {
    if (verdicts.every((verdict) => !verdict.applied)) expect(events.length + made.length).toBe(0);
    if (!isTerminal(before.status)) return;
    if (events.length > 0) expect(REOPENING).toContain(events[0]?.kind);
  }

  private take(before: Job, decision: Decision): Job {
    const { job, events, made } = decision;
    const writes = writesOf(before, job, events, this.blueprint);
    this.rows.write(writes);
    this.rows.agree(job);
    this.events.push(...events);
    checkMade(made, this.made, surroundings(before.version));
    this.checkSignals(before, job, writes);
    return job;
  }

  /** A child that is not waited for any more is told so; nobody else is. */
  private checkSignals(before: Job, job: Job, { signals }: JobWrites): void {
    const left = before.child && before.child.id !== job.child?.id ? before.child.id : null;
    for (const signal of signals) {
      expect(signal.kind).toBe("cancel");
      expect(this.made.has(signal.jobId), "a cancel to a job that was never made").toBe(true);
    }
    const ended = this.events.some((event) => event.kind === "child_ended" && event.data.child === left);
    if (left && !ended) expect(signals.map((signal) => signal.jobId)).toContain(left);
    if (job.child) expect(this.made.has(job.child.id), "a child that was never made").toBe(true);
  }

  private blank(): Job {
    return newJob({ id: ANY_ID, clientId: 2, blueprintId: 7, input: this.input });
  }
}
