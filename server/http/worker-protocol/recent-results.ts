import { createHash } from "node:crypto";
import type { JsonObject, JsonValue } from "@/lib/json";
import { canonicalJson } from "@/server/engine/blueprint/content-hash";
import type { TaskReport } from "@/server/engine/signal";

const MOST_REMEMBERED = 20_000;

/** What this process answered to results lately: one that is sent again is answered the same. */
export class RecentResults {
  private readonly answers = new Map<string, { hash: string; answer: JsonObject }>();

  /** The answer to the very same result of this attempt. */
  find(attemptId: string, report: TaskReport): JsonObject | null {
    const known = this.answers.get(attemptId);
    return known?.hash === hashOf(report) ? known.answer : null;
  }

  add(attemptId: string, report: TaskReport, answer: JsonObject): void {
    this.answers.set(attemptId, { hash: hashOf(report), answer });
    if (this.answers.size > MOST_REMEMBERED) this.answers.delete(this.answers.keys().next().value as string);
  }
}

/** What makes it the same result: not when it was signed, nor how long it took. */
function hashOf({ worker, outcome, data, error }: TaskReport): string {
  const said = JSON.parse(JSON.stringify([worker, outcome, data ?? null, error ?? null])) as JsonValue;
  return createHash("sha256").update(canonicalJson(said)).digest("base64");
}
