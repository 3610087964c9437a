import { hash } from "node:crypto";
import type { JsonObject } from "@/lib/json";
import type { TaskReport } from "@/server/engine/signal";

const MOST_REMEMBERED = 20_000;
/** Longer ones are remembered by their hash. */
const MOST_CHARS = 512;

/** What this process answered to results lately: one that is sent again is answered the same. */
export class RecentResults {
  private readonly answers = new Map<string, { said: string; answer: JsonObject }>();

  /** The answer to the very same result of this attempt. */
  find(attemptId: string, report: TaskReport): JsonObject | null {
    const known = this.answers.get(attemptId);
    return known && known.said === saidBy(report) ? known.answer : null;
  }

  add(attemptId: string, report: TaskReport, answer: JsonObject): void {
    this.answers.set(attemptId, { said: saidBy(report), answer });
    if (this.answers.size > MOST_REMEMBERED) this.answers.delete(this.answers.keys().next().value as string);
  }
}

/**
 * What makes it the same result: not when it was signed, nor how long it took. With its members in another order it is
 * found in the job's history.
 */
function saidBy({ worker, outcome, data, error }: TaskReport): string {
  const text = JSON.stringify([worker, outcome, data ?? null, error ?? null]);
  return text.length <= MOST_CHARS ? text : hash("sha256", text, "base64");
}
