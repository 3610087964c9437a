import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import { compileJsonSchema } from "@/server/engine/blueprint/json-schema-validator";
import { equal, meets } from "./matching";
import { missingArtifact, resourceFault, resourceWishOf } from "./requirements";
import type { KnownWorker, PlacementWish, SkillCard } from "./worker-card";

/** Why a worker does not get a task, in the order in which it is looked at; words of the reference where it has one. */
export const UNMET_REASONS = [
  "skill_not_found",
  "worker_is_draining",
  "reputation_too_low",
  "skill_contract_mismatch",
  "skill_param_mismatch",
  "missing_worker_resources",
  "resource_mismatch",
  "missing_artifact",
  "missing_software",
  "software_version_mismatch",
  "label_mismatch",
  "extra_mismatch",
  "unsupported_output_statuses",
  "cost_too_high",
  "schema_validation_failed",
] as const;

export type UnmetReason = (typeof UNMET_REASONS)[number];

/** `detail` names what is missing or wrong: a property, an artifact, a version; null where the reason says it all. */
export interface Unmet {
  reason: UnmetReason;
  detail: string | null;
}

export interface MatchOptions {
  /** Workers below this reputation get nothing. */
  reputationThreshold: number;
}

/** A task without a price asks for no price; a skill without one is dearer than any. */
export function costOf(worker: Pick<KnownWorker, "card">, type: string): number {
  const { costPerSkill } = worker.card;
  return Object.hasOwn(costPerSkill, type) ? (costPerSkill[type] as number) : Number.POSITIVE_INFINITY;
}

/** The first reason why the worker does not get tasks of this type and wish; null: it may. Params are not looked at. */
export function unmetBy(worker: KnownWorker, type: string, wish: PlacementWish, options: MatchOptions): Unmet | null {
  if (!worker.skills.has(type)) return unmet("skill_not_found");
  if (worker.draining) return unmet("worker_is_draining");
  if (worker.reputation < options.reputationThreshold)
    return unmet("reputation_too_low", String(round(worker.reputation)));
  const { skills } = worker.card;
  const skill = Object.hasOwn(skills, type) ? (skills[type] as SkillCard) : {};
  return (
    unmetSkill(type, skill, wish) ??
    unmetMachine(worker, wish.requirements ?? {}) ??
    unmetOutcomes(skill, wish.outcomes ?? []) ??
    unmetCost(costOf(worker, type), wish.max_cost)
  );
}

/** Whether the worker's own schema of the skill refuses the params: then why. */
export function unmetParams(worker: KnownWorker, type: string, params: JsonValue): Unmet | null {
  const schema = inputSchemaOf(worker, type);
  if (!schema) return null;
  const checked = compileJsonSchema(schema).validate(params);
  if (checked.ok) return null;
  const [first] = checked.problems;
  return unmet("schema_validation_failed", (first?.message ?? "").slice(0, 200) || null);
}

export function inputSchemaOf({ card }: Pick<KnownWorker, "card">, type: string): JsonObject | undefined {
  return Object.hasOwn(card.skills, type) ? card.skills[type]?.input_schema : undefined;
}

function unmet(reason: UnmetReason, detail: string | null = null): Unmet {
  return { reason, detail };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** Members of `requirements.skill` that name the skill itself; the others are compared with what it tells of itself. */
const CONTRACT_FIELDS = ["name", "type", "version"] as const;

function unmetSkill(type: string, skill: SkillCard, wish: PlacementWish): Unmet | null {
  const asked = isJsonObject(wish.requirements?.skill) ? wish.requirements.skill : {};
  const contract = {
    name: asked.name,
    type: wish.skill_type ?? asked.type,
    version: wish.skill_version ?? asked.version,
  };
  for (const field of CONTRACT_FIELDS) {
    const wanted = contract[field];
    if (wanted === undefined || wanted === null) continue;
    const has = field === "name" ? type : skill[field];
    if (has === undefined || !equal(has, wanted))
      return unmet("skill_contract_mismatch", `${field}: ${has ?? "—"} ≠ ${text(wanted)}`);
  }
  for (const [field, wanted] of Object.entries(asked)) {
    if ((CONTRACT_FIELDS as readonly string[]).includes(field)) continue;
    const own = (skill as Record<string, JsonValue | undefined>)[field];
    const properties = skill.properties ?? {};
    const has = own ?? (Object.hasOwn(properties, field) ? properties[field] : undefined);
    if (!meets(has, wanted)) return unmet("skill_param_mismatch", field);
  }
  return null;
}

function unmetMachine({ card }: KnownWorker, asked: JsonObject): Unmet | null {
  const { resources, installed_artifacts, installed_software, labels, extra_requirements } = asked;
  if (isJsonObject(resources)) {
    const wish = resourceWishOf(resources);
    const isAsked = Object.keys(wish.properties).length + wish.devices.length > 0;
    const isTold = Object.keys(card.resources.properties).length + card.resources.devices.length > 0;
    if (isAsked && !isTold) return unmet("missing_worker_resources");
    const fault = resourceFault(card.resources, wish);
    if (fault !== null) return unmet("resource_mismatch", fault);
  }
  if (Array.isArray(installed_artifacts)) {
    const missing = missingArtifact(card.artifacts, installed_artifacts);
    if (missing !== null) return unmet("missing_artifact", missing);
  }
  return (
    (isJsonObject(installed_software) ? unmetSoftware(card.software, installed_software) : null) ??
    (isJsonObject(labels) ? unmetExtra("label_mismatch", card.extra, labels) : null) ??
    (isJsonObject(extra_requirements) ? unmetExtra("extra_mismatch", card.extra, extra_requirements) : null)
  );
}

function unmetSoftware(has: Record<string, string>, asked: JsonObject): Unmet | null {
  for (const [name, version] of Object.entries(asked)) {
    if (!Object.hasOwn(has, name)) return unmet("missing_software", name);
    if (version === "any" || version === null) continue;
    const installed = has[name] as string;
    if (!equal(installed, version))
      return unmet("software_version_mismatch", `${name}: ${installed} ≠ ${text(version)}`);
  }
  return null;
}

function unmetExtra(reason: "label_mismatch" | "extra_mismatch", has: JsonObject, asked: JsonObject): Unmet | null {
  for (const [name, value] of Object.entries(asked)) {
    if (!Object.hasOwn(has, name) || !equal(has[name] as JsonValue, value)) return unmet(reason, name);
  }
  return null;
}

/** A skill that names its outcomes has no others. */
function unmetOutcomes(skill: SkillCard, outcomes: string[]): Unmet | null {
  const { output_statuses: has } = skill;
  const missing = has && has.length > 0 ? outcomes.find((word) => !has.includes(word)) : undefined;
  return missing === undefined ? null : unmet("unsupported_output_statuses", missing);
}

function unmetCost(cost: number, most: number | undefined): Unmet | null {
  if (most === undefined || cost <= most) return null;
  return unmet("cost_too_high", Number.isFinite(cost) ? String(cost) : null);
}

function text(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The wish as it was stored; one that an older release stored is its requirements alone. */
export function readWish(stored: JsonObject): PlacementWish {
  const known = ["requirements", "max_cost", "strategy", "skill_version", "skill_type", "outcomes"];
  const isWish = Object.keys(stored).every((key) => known.includes(key));
  return isWish ? (stored as PlacementWish) : { requirements: stored };
}
