import { isJsonObject, isPrototypeKey, type JsonObject, type JsonValue } from "@/lib/json";
import { gpuDevice } from "@/server/dispatch/requirements";
import type { ArtifactCard, DeviceCard, SkillCard, WorkerCard } from "@/server/dispatch/worker-card";
import type { DeclaredSchemas } from "./declared-schemas";
import { makeStorable } from "./storable-json";

/** Devices, artifacts, programs and properties beyond so many of each are not looked at. */
const MOST_PARTS = 1_000;

/** Members of `capabilities` that mean something of their own; the others of old versions are extras. */
const CAPABILITIES = new Set([
  "hostname",
  "ip_address",
  "cost_per_skill",
  "cost_per_second",
  "s3_config_hash",
  "extra",
  "max_concurrent_tasks",
]);
/** Members of a skill with a place of their own; the others count as its properties. */
const SKILL_MEMBERS = new Set([
  "name",
  "type",
  "description",
  "version",
  "input_schema",
  "output_schema",
  "events_schema",
  "output_statuses",
  "schema_dialect",
  "properties",
]);

/**
 * Reads what a registration of any version of the protocol tells of the worker beyond the names of its skills. What has
 * not the shape that it should have counts as not told.
 */
export function readCard(body: JsonObject, skills: readonly string[], schemas: DeclaredSchemas): WorkerCard {
  const capabilities = objectOf(body.capabilities);
  const card: WorkerCard = {
    ...(typeof body.worker_type === "string" ? { worker_type: body.worker_type.slice(0, 128) } : {}),
    skills: readSkillCards(body, schemas),
    resources: resourcesOf(objectOf(body.resources)),
    software: softwareOf(body.installed_software),
    artifacts: [...artifactsOf(body.installed_artifacts), ...artifactsOf(body.installed_models, "model")],
    extra: extraOf(capabilities),
    costPerSkill: costsOf(capabilities.cost_per_skill ?? body.cost_per_skill, capabilities.cost_per_second, skills),
  };
  return makeStorable(card as unknown as JsonValue) as unknown as WorkerCard;
}

/** What the lists of skills tell of each beyond its name. */
export function readSkillCards(body: JsonObject, schemas: DeclaredSchemas): Record<string, SkillCard> {
  const cards: Record<string, SkillCard> = {};
  for (const field of ["supported_skills", "supported_tasks"] as const) {
    listOf(body[field]).forEach((entry, index) => {
      if (!isJsonObject(entry)) return;
      const name = entry.name ?? entry.type;
      if (typeof name === "string" && !isPrototypeKey(name))
        cards[name] = skillOf(entry, `${field}[${index}]`, schemas);
    });
  }
  return cards;
}

/** Names of skills that the worker has warm; null when it did not say. */
export function readHotSkills(value: JsonValue | undefined): string[] | null {
  if (!Array.isArray(value)) return null;
  const names = value.map((one) => (isJsonObject(one) ? one.name : one));
  return [...new Set(names.filter((name): name is string => typeof name === "string" && name.length <= 128))].slice(
    0,
    MOST_PARTS,
  );
}

function skillOf(entry: JsonObject, path: string, schemas: DeclaredSchemas): SkillCard {
  const others = Object.entries(entry).filter(([key, value]) => !SKILL_MEMBERS.has(key) && value !== null);
  const properties = { ...plain(Object.fromEntries(others)), ...plain(objectOf(entry.properties)) };
  const schema = schemas.usable(entry.input_schema, `${path}.input_schema`);
  const statuses = listOf(entry.output_statuses).filter((word): word is string => typeof word === "string");
  return {
    ...(typeof entry.type === "string" ? { type: entry.type } : {}),
    ...(isScalar(entry.version) ? { version: String(entry.version) } : {}),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(schema ? { input_schema: schema } : {}),
    ...(statuses.length > 0 ? { output_statuses: statuses } : {}),
  };
}

/** `{devices, properties}`, or the properties flat beside `devices` and an old `gpu_info`. */
function resourcesOf(resources: JsonObject): WorkerCard["resources"] {
  const { devices, properties, gpu_info, ...flat } = resources;
  const told = listOf(devices).flatMap((one) => (isJsonObject(one) ? deviceOf(one) : []));
  if (isJsonObject(gpu_info)) told.push(gpuDevice(gpu_info));
  return { properties: { ...plain(flat), ...plain(objectOf(properties)) }, devices: told };
}

function deviceOf({ type, model, id, properties }: JsonObject): DeviceCard[] {
  if (typeof type !== "string") return [];
  return [
    {
      type,
      ...(typeof model === "string" ? { model } : {}),
      ...(isScalar(id) ? { id: String(id) } : {}),
      ...(isJsonObject(properties) ? { properties: plain(properties) } : {}),
    },
  ];
}

/** By name; an older way is a list of names and versions. */
function softwareOf(value: JsonValue | undefined): Record<string, string> {
  const pairs = Array.isArray(value)
    ? value.map((one) => (isJsonObject(one) ? [one.name, one.version ?? "unknown"] : [one, "unknown"]))
    : Object.entries(objectOf(value));
  const software: Record<string, string> = {};
  for (const [name, version] of pairs.slice(0, MOST_PARTS)) {
    if (typeof name === "string" && !isPrototypeKey(name))
      software[name] = isScalar(version) ? String(version) : "unknown";
  }
  return software;
}

function artifactsOf(value: JsonValue | undefined, type?: string): ArtifactCard[] {
  return listOf(value).flatMap((one): ArtifactCard[] => {
    if (typeof one === "string") return [{ name: one, ...(type ? { type } : {}) }];
    if (!isJsonObject(one) || typeof one.name !== "string") return [];
    const kind = typeof one.type === "string" ? one.type : type;
    return [
      {
        name: one.name,
        ...(isScalar(one.version) ? { version: String(one.version) } : {}),
        ...(kind ? { type: kind } : {}),
        ...(isJsonObject(one.properties) ? { properties: plain(one.properties) } : {}),
      },
    ];
  });
}

function extraOf(capabilities: JsonObject): JsonObject {
  const others = Object.entries(capabilities).filter(([key]) => !CAPABILITIES.has(key));
  return { ...plain(Object.fromEntries(others)), ...plain(objectOf(capabilities.extra)) };
}

function costsOf(
  perSkill: JsonValue | undefined,
  perSecond: JsonValue | undefined,
  skills: readonly string[],
): Record<string, number> {
  const costs: Record<string, number> = {};
  if (isCost(perSecond)) for (const skill of skills) if (!isPrototypeKey(skill)) costs[skill] = perSecond;
  for (const [skill, cost] of Object.entries(objectOf(perSkill))) {
    if (isCost(cost) && !isPrototypeKey(skill)) costs[skill] = cost;
  }
  return costs;
}

function isCost(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isScalar(value: JsonValue | undefined): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value.slice(0, MOST_PARTS) : [];
}

/** Without members that no object may have, and not too many. */
function plain(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key, value]) => !isPrototypeKey(key) && value !== null)
      .slice(0, MOST_PARTS),
  );
}
