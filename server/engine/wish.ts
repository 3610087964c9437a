import type { TaskSpec } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";

/** What every worker must be able to answer: no outcome of its own. */
const COMMON_OUTCOMES = new Set(["success", "failure", "cancelled"]);

/**
 * What a task asks of its worker beyond the skill (`PlacementWish`), to be stored with it; null when it asks for nothing,
 * and any worker with the skill may take it.
 */
export function wishOf(spec: TaskSpec, transitions: Readonly<Record<string, string>>): JsonObject | null {
  if (!asksForMore(spec)) return null;
  const { requirements, max_cost, strategy, skill_version, skill_type } = spec;
  const outcomes = Object.keys(transitions).filter((word) => !COMMON_OUTCOMES.has(word));
  const wish: JsonObject = {};
  if (hasMembers(requirements)) wish.requirements = requirements as JsonObject;
  if (max_cost !== undefined) wish.max_cost = max_cost;
  if (strategy !== undefined && strategy !== "default") wish.strategy = strategy;
  if (skill_version !== undefined) wish.skill_version = skill_version;
  if (skill_type !== undefined) wish.skill_type = skill_type;
  if (outcomes.length > 0) wish.outcomes = outcomes.sort();
  return wish;
}

/** Whether the dispatcher chooses the task's worker. */
export function asksForMore(spec: TaskSpec): boolean {
  return (
    hasMembers(spec.requirements) ||
    spec.max_cost !== undefined ||
    (spec.strategy !== undefined && spec.strategy !== "default") ||
    spec.skill_version !== undefined ||
    spec.skill_type !== undefined
  );
}

function hasMembers(requirements: TaskSpec["requirements"]): boolean {
  return requirements !== undefined && Object.keys(requirements).length > 0;
}
