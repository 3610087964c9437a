import type { Pool } from "pg";
import type { SkillCatalogue, WorkerDetail, WorkerRecord, WorkerSlots } from "@/lib/api/worker";
import type { JsonObject } from "@/lib/json";
import type { WorkerCard } from "@/server/dispatch/worker-card";
import { readWorkers } from "./worker-rows";

interface CardRecord {
  id: string;
  card: (Partial<WorkerCard> & { worker_type?: string }) | null;
  contracts: Record<string, { output_schema?: JsonObject; events_schema?: JsonObject }> | null;
  hot_skills: string[] | null;
  beat: string | null;
  reputation: number | null;
}

type Skill = WorkerRecord["supported_skills"][number];

/** Whoever was never judged is trusted whole. */
const FULL_REPUTATION = 1;

/** Workers as the list has them, with what they registered with; below the threshold (0…1) one is not trusted. */
export async function readWorkerRecords(pool: Pool, reputationThreshold: number): Promise<WorkerRecord[]> {
  const workers = await readWorkers(pool, reputationThreshold);
  const { rows } = await pool.query<CardRecord>(
    `select w.id, w.card, w.contracts, w.hot_skills, w.beat, r.reputation from worker_sessions w
     left join worker_reputations r on r.worker = w.worker where w.id = any ($1::uuid[])`,
    [workers.map((worker) => worker.session_id)],
  );
  const cards = new Map(rows.map((row) => [row.id, row]));
  return workers.map((worker) => {
    const known = cards.get(worker.session_id);
    const card = known?.card;
    return {
      ...worker,
      worker_type: card?.worker_type ?? "generic",
      supported_skills: worker.skills.map((name) => skillOf(name, known)),
      hot_skills: known?.hot_skills ?? [],
      resources: (card?.resources ?? {}) as JsonObject,
      installed_software: card?.software ?? {},
      installed_artifacts: (card?.artifacts ?? []) as unknown as JsonObject[],
      capabilities: { cost_per_skill: card?.costPerSkill ?? {}, extra: card?.extra ?? {} },
      max_concurrent_tasks: worker.slots,
      heartbeat_status: known?.beat ?? null,
      reputation: known?.reputation ?? FULL_REPUTATION,
    };
  });
}

/** One worker with its slots; null when there is none of that name. */
export async function readWorkerDetail(
  pool: Pool,
  name: string,
  reputationThreshold: number,
): Promise<WorkerDetail | null> {
  const workers = await readWorkerRecords(pool, reputationThreshold);
  const worker = workers.find(({ worker_id }) => worker_id === name);
  if (!worker) return null;
  const { rows } = await pool.query<{ runtime: WorkerSlots | null }>(
    "select runtime from worker_sessions where id = $1",
    [worker.session_id],
  );
  return { ...worker, runtime: rows[0]?.runtime ?? null };
}

function skillOf(name: string, known: CardRecord | undefined): Skill {
  const skill = known?.card?.skills?.[name] ?? {};
  const { type, version, properties, input_schema, output_statuses } = skill;
  const { output_schema, events_schema } = known?.contracts?.[name] ?? {};
  const members = { type, version, properties, input_schema, output_schema, events_schema, output_statuses };
  return { name, ...Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) };
}

/** What the workers that are here can do, by skill; the contract is that of the one that tells most of it. */
export function catalogueOf(workers: readonly WorkerRecord[]): SkillCatalogue {
  const bySkill = new Map<string, { skill: Skill; worker: WorkerRecord }[]>();
  for (const worker of workers) {
    if (worker.status === "lost") continue;
    for (const skill of worker.supported_skills)
      bySkill.set(skill.name, [...(bySkill.get(skill.name) ?? []), { skill, worker }]);
  }
  const names = [...bySkill.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, entryOf(name, bySkill.get(name) ?? [])]));
}

function entryOf(name: string, offers: readonly { skill: Skill; worker: WorkerRecord }[]): SkillCatalogue[string] {
  const told = (skill: Skill) => Object.keys(skill).length;
  const [richest] = [...offers].sort((a, b) => told(b.skill) - told(a.skill));
  const prices = offers.flatMap(({ worker }) => worker.capabilities.cost_per_skill[name] ?? []);
  const trust = offers.reduce((sum, { worker }) => sum + worker.reputation, 0) / Math.max(1, offers.length);
  return {
    contract: { ...(richest?.skill ?? { name }), ...(prices.length > 0 ? { base_price: Math.min(...prices) } : {}) },
    providers_count: offers.length,
    worker_types: [...new Set(offers.map(({ worker }) => worker.worker_type))].sort(),
    average_reputation: Number(trust.toFixed(4)),
  };
}
