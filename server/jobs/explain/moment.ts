import type { WaitEnd, WaitingStep } from "@/lib/api/explain";
import { EVENT_KIND, type EventKind } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import type { ExplainedTask, ExplainFacts } from "@/server/store/reads/explain-facts";
import type { Said } from "./sentences";
import type { Told } from "./told";

/** All that an explanation is made of. */
export interface Moment {
  facts: ExplainFacts;
  told: Told;
}

/** The last recent event of a kind, of the task `n` if one is named. */
export function lastEvent(
  { facts }: Moment,
  kind: EventKind,
  n?: number,
): { at: Date; seq: number; data: JsonObject } | null {
  const found = facts.recent.find(
    (event) => event.kind === EVENT_KIND[kind] && (n === undefined || event.data.n === n),
  );
  return found ?? null;
}

/** When a kind of event last happened; when that is not among the recent ones, when the job last changed. */
export function sinceLast(moment: Moment, kind: EventKind, n?: number): string {
  return (lastEvent(moment, kind, n)?.at ?? moment.facts.job.updated_at).toISOString();
}

export function taskOf(moment: Moment, task: ExplainedTask): NonNullable<WaitingStep["task"]> {
  const { no, type, branch, attempt } = task;
  return { task_id: `${moment.facts.job.id}.${no}`, no, task_type: type, branch, attempt };
}

/** What every step says. */
export function step(moment: Moment, said: Said, since: string, task: ExplainedTask | null, ends_by: WaitEnd[]) {
  return { state: moment.facts.job.state, task: task && taskOf(moment, task), since, ...said, ends_by };
}

/** An API operation on the job that would end the wait. */
export function byHand(moment: Moment, what: string, word: string): WaitEnd {
  return { what, at: null, how: `POST /api/v1/jobs/${moment.facts.job.id}/${word}` };
}

/** The step ended by a person in place of whoever was to do it, where that is possible. */
export function completion(moment: Moment): WaitEnd[] {
  return moment.told.exits.length > 0 ? [byHand(moment, "complete", "complete")] : [];
}

/** A limit that passes by itself; nothing without one. */
export function limit(what: string, at: Date | null): WaitEnd[] {
  return at ? [{ what, at: at.toISOString(), how: null }] : [];
}

export function timerAt({ facts }: Moment, key: string): Date | null {
  return facts.timers.find((timer) => timer.key === key)?.due_at ?? null;
}

/** The time limit of the job as a whole. */
export function jobLimit(moment: Moment): WaitEnd[] {
  return limit("job_timeout", timerAt(moment, "job"));
}

export function iso(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
