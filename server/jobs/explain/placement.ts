import type { JsonObject, JsonValue } from "@/lib/json";
import { readWish, UNMET_REASONS, type Unmet, type UnmetReason, unmetBy, unmetParams } from "@/server/dispatch/match";
import type { PlacementFacts } from "@/server/store/reads/placement-facts";
import { type Said, say } from "./sentences";

/** Of all workers, how many satisfy a task, and at what the others fell out. */
export interface Placement {
  workers: number;
  suitable: number;
  /** In the order in which it is looked at; each worker counts at the first that it does not meet. */
  fell_out: { reason: UnmetReason; count: number; details: string[] }[];
}

const MOST_DETAILS = 5;

/** Compares every worker with the task. */
export function placementOf(
  facts: PlacementFacts,
  task: { type: string; wish: JsonObject; params: JsonValue | undefined },
  reputationThreshold: number,
): Placement {
  const wish = readWish(task.wish);
  const found = new Map<UnmetReason, Unmet[]>();
  let suitable = 0;
  for (const worker of facts.known) {
    const unmet =
      unmetBy(worker, task.type, wish, { reputationThreshold }) ??
      (task.params === undefined ? null : unmetParams(worker, task.type, task.params));
    if (unmet === null) suitable += 1;
    else found.set(unmet.reason, [...(found.get(unmet.reason) ?? []), unmet]);
  }
  const unread = Math.max(0, facts.workers - facts.known.length);
  const fell_out = UNMET_REASONS.flatMap((reason) => {
    const all = found.get(reason) ?? [];
    const count = all.length + (reason === "skill_not_found" ? unread : 0);
    const details = [...new Set(all.flatMap(({ detail }) => detail ?? []))].slice(0, MOST_DETAILS);
    return count === 0 ? [] : [{ reason, count, details }];
  });
  return { workers: facts.workers, suitable, fell_out };
}

const WORDS: Record<UnmetReason, string> = {
  skill_not_found: "without the skill",
  worker_is_draining: "about to stop",
  reputation_too_low: "trusted too little",
  skill_contract_mismatch: "with another version or type of the skill",
  skill_param_mismatch: "whose skill has other properties",
  missing_worker_resources: "that tell of no resources",
  resource_mismatch: "with too few resources",
  missing_artifact: "without an artifact",
  missing_software: "without a program",
  software_version_mismatch: "with another version of a program",
  label_mismatch: "with another label",
  extra_mismatch: "that do not meet an extra requirement",
  unsupported_output_statuses: "that do not know an outcome",
  cost_too_high: "that cost too much",
  schema_validation_failed: "whose skill refuses the params",
};

/** Why the dispatcher has not placed it yet; the counts are among the values, for translations. */
export function placementSentence(type: string, { workers, suitable, fell_out }: Placement): Said {
  const counts = Object.fromEntries(UNMET_REASONS.map((reason) => [reason, 0]));
  for (const { reason, count } of fell_out) counts[reason] = count;
  const reasons = fell_out.map(({ reason, count }) => `${count} ${WORDS[reason]}`).join(", ");
  const values = { type, workers, suitable, ...counts, reasons };
  if (workers === 0) return say("worker_none", { type });
  return suitable === 0 ? say("placement_none", values) : say("placement_busy", values);
}
