import { isJsonObject, isPrototypeKey, type JsonObject, type JsonValue } from "@/lib/json";
import type { SkillCard, WorkerCard } from "@/server/dispatch/worker-card";
import { invalidRequest } from "@/server/errors";
import { DeclaredSchemas } from "@/server/workers/declared-schemas";
import { readCard, readHotSkills, readSkillCards } from "@/server/workers/read-card";
import { type SkillContracts, skillContractOf } from "@/server/workers/skill-contract";
import { storableText } from "@/server/workers/storable-json";

/** Names of workers and skills. */
const NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const MOST_SKILLS = 1_000;
const MOST_SLOTS = 10_000;

export interface Registration {
  worker: string;
  skills: string[];
  /** What it promises of its skills; null: nothing. */
  contracts: SkillContracts | null;
  /** What it tells of itself beyond the names of its skills. */
  card: WorkerCard;
  /** Skills that it has warm; null: it did not say. */
  hotSkills: string[] | null;
  slots: number;
  hostname: string | null;
  /** What of it is not looked at, and why. */
  warnings: string[];
}

export interface Heartbeat {
  status: string | null;
  /** Null: it did not say. */
  skills: string[] | null;
  /** Of those skills. */
  contracts: SkillContracts | null;
  /** Of those skills, what it tells beyond their names. */
  skillCards: Record<string, SkillCard>;
  /** Null: it did not say. */
  hotSkills: string[] | null;
  currentTasks: string[] | null;
}

/** Reads a worker's name; throws 400 naming the field. */
export function workerName(value: JsonValue | undefined, field: string): string {
  if (typeof value === "string" && NAME.test(value)) return value;
  throw invalidRequest(field, "must be 1 to 128 letters, digits, _ or -");
}

/** Reads a registration of any version of the protocol; throws 400 naming the field at fault. */
export function readRegistration(body: JsonObject): Registration {
  const capabilities = isJsonObject(body.capabilities) ? body.capabilities : {};
  const extra = isJsonObject(capabilities.extra) ? capabilities.extra : {};
  const warnings: string[] = [];
  const schemas = new DeclaredSchemas((fault) => warnings.push(fault));
  const { skills, contracts } = skillsOf(body, schemas) ?? { skills: [], contracts: null };
  const slots = body.max_concurrent_tasks ?? capabilities.max_concurrent_tasks ?? extra.max_concurrent_tasks;
  const card = readCard(body, skills, schemas);
  return {
    worker: workerName(body.worker_id, "worker_id"),
    skills,
    contracts,
    warnings,
    card: typeof slots === "number" ? { ...card, slots: slotsOf(slots) } : card,
    hotSkills: readHotSkills(body.hot_skills),
    slots: slotsOf(slots),
    hostname: typeof capabilities.hostname === "string" ? storableText(capabilities.hostname.slice(0, 255)) : null,
  };
}

/** Reads a heartbeat; what is absent stays as it was. */
export function readHeartbeat(body: JsonObject): Heartbeat {
  const tasks = body.current_tasks;
  const schemas = new DeclaredSchemas(() => undefined);
  const told = skillsOf(body, schemas);
  return {
    status: typeof body.status === "string" ? body.status.toLowerCase() : null,
    skills: told?.skills ?? null,
    contracts: told?.contracts ?? null,
    skillCards: readSkillCards(body, schemas),
    hotSkills: readHotSkills(body.hot_skills),
    currentTasks: Array.isArray(tasks) ? tasks.filter((id): id is string => typeof id === "string") : null,
  };
}

/** The types named in a poll's query; null when it names none. */
export function readSkillFilter(text: string | undefined): string[] | null {
  if (text === undefined || text.trim() === "") return null;
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map((name) => skillName(name, "available_skills"));
}

/** Newer workers say `supported_skills`, older ones `supported_tasks`; entries are names or objects with one. */
function skillsOf(
  body: JsonObject,
  schemas: DeclaredSchemas,
): { skills: string[]; contracts: SkillContracts | null } | null {
  const lists = (["supported_skills", "supported_tasks"] as const).filter((field) => Array.isArray(body[field]));
  if (lists.length === 0) return null;
  const skills = new Set<string>();
  const contracts: SkillContracts = {};
  for (const field of lists) {
    (body[field] as JsonValue[]).forEach((entry, index) => {
      const named = isJsonObject(entry) ? (entry.name ?? entry.type) : entry;
      if (entry === null) return;
      const path = `${field}[${index}]`;
      const name = skillName(named, path);
      skills.add(name);
      const contract = isJsonObject(entry) && !isPrototypeKey(name) ? skillContractOf(entry, path, schemas) : null;
      if (contract) contracts[name] = contract;
    });
  }
  if (skills.size > MOST_SKILLS) throw invalidRequest(lists[0] as string, `must name at most ${MOST_SKILLS} skills`);
  return { skills: [...skills], contracts: Object.keys(contracts).length > 0 ? contracts : null };
}

function skillName(value: JsonValue | undefined, field: string): string {
  if (typeof value === "string" && NAME.test(value)) return value;
  throw invalidRequest(field, "a skill must be 1 to 128 letters, digits, _ or -, or an object with such a name");
}

function slotsOf(value: JsonValue | undefined): number {
  if (typeof value !== "number" || !Number.isFinite(value)) return 1;
  return Math.min(MOST_SLOTS, Math.max(1, Math.floor(value)));
}
