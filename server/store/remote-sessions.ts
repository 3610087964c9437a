import type { JsonObject } from "@/lib/json";
import type { SkillCard, WorkerCard } from "@/server/dispatch/worker-card";
import type { Database } from "./database";
import { SESSION_KIND, SESSION_STATUS } from "./schema/workers";

export interface RemoteSessionRow {
  id: string;
  worker: string;
  skills: string[];
  /** What it promises of its skills, by skill. */
  contracts: JsonObject | null;
  /** Skills that it has warm; null: it did not say. */
  hotSkills: string[] | null;
  /** 0…1; 1 until a result tells otherwise. */
  reputation: number;
}

/** What a worker tells of itself when it registers. */
export interface NewRemoteSession extends Omit<RemoteSessionRow, "hotSkills" | "reputation"> {
  slots: number;
  instance: string;
  hostname: string | null;
  version: string | null;
  card?: WorkerCard | null;
  hotSkills?: string[] | null;
}

/** Absent members stay as they are. */
export interface RemoteSessionChange {
  skills?: string[];
  contracts?: JsonObject | null;
  draining?: boolean;
  instance?: string;
  /** The part of the card that tells of skills. */
  skillCards?: Record<string, SkillCard>;
  hotSkills?: string[];
  /** The status that its heartbeat told. */
  beat?: string;
}

const { live, ended } = SESSION_STATUS;

/** The columns of a `RemoteSessionRow`. */
const ROW = `s.id, s.worker, s.skills, s.contracts, s.hot_skills as "hotSkills",
        coalesce((select r.reputation from worker_reputations r where r.worker = s.worker), 1) as reputation`;

/**
 * Opens a session for a remote worker. Returns the ids of its former sessions that still count as live: the caller makes
 * lost what they hold and then ends them; one that nobody ends is found when its lease is over.
 */
export async function registerRemoteSession(database: Database, session: NewRemoteSession): Promise<string[]> {
  const { id, worker, instance, skills, contracts, slots, hostname, version, card = null, hotSkills = null } = session;
  const { rows } = await database.pool.query<{ id: string }>({
    name: "remote_session_register_3",
    text: `with new as (insert into worker_sessions (id, worker, kind, instance, epoch, skills, slots, status, draining, hostname, version, contracts, card, hot_skills, started_at, renewed_at)
        values ($1, $2, ${SESSION_KIND.http}, $3, 1, $4, $5, ${live}, false, $6, $7, $8, $9, $10, clock_timestamp(), clock_timestamp()))
      select id from worker_sessions where worker = $2 and kind = ${SESSION_KIND.http} and status = ${live} and id <> $1`,
    values: [
      id,
      worker,
      instance,
      skills,
      slots,
      hostname,
      version,
      contracts && JSON.stringify(contracts),
      card && JSON.stringify(card),
      hotSkills,
    ],
  });
  return rows.map((row) => row.id);
}

/**
 * A heartbeat or poll of a remote worker, which knows only its name: renews its last session, alive or expired. Null when
 * the name never registered, or said goodbye after it did.
 */
export async function renewRemoteSession(
  database: Database,
  worker: string,
  change: RemoteSessionChange = {},
): Promise<RemoteSessionRow | null> {
  const { rows } = await database.pool.query<RemoteSessionRow>({
    name: "remote_session_renew_4",
    text: `with last as (select id, status from worker_sessions where worker = $1 and kind = ${SESSION_KIND.http}
        order by started_at desc, id limit 1 for update)
      update worker_sessions s set renewed_at = now(), status = ${live}, epoch = s.epoch + (last.status <> ${live})::int,
        skills = coalesce($2, s.skills), draining = coalesce($3, s.draining), instance = coalesce($4, s.instance),
        contracts = case when $5 then $6::json else s.contracts end, hot_skills = coalesce($7, s.hot_skills), beat = coalesce($8, s.beat),
        card = case when $9::jsonb is null then s.card else (coalesce(s.card::jsonb, '{}') || jsonb_build_object('skills', $9::jsonb))::json end,
        card_at = case when last.status <> ${live} or coalesce($2, s.skills) <> s.skills or coalesce($3, s.draining) <> s.draining
          or coalesce($7, s.hot_skills) is distinct from s.hot_skills or coalesce($8, s.beat) is distinct from s.beat
          or $9::jsonb is not null then now() else s.card_at end
      from last where s.id = last.id and last.status <> ${ended} returning ${ROW}`,
    values: [
      worker,
      change.skills ?? null,
      change.draining ?? null,
      change.instance ?? null,
      change.contracts !== undefined,
      change.contracts ? JSON.stringify(change.contracts) : null,
      change.hotSkills ?? null,
      change.beat ?? null,
      change.skillCards ? JSON.stringify(change.skillCards) : null,
    ],
  });
  return rows[0] ?? null;
}

/** The same for many workers that only say that they are there; in the order of the names, each named once. */
export async function renewRemoteSessions(database: Database, workers: string[]): Promise<(RemoteSessionRow | null)[]> {
  const { rows } = await database.pool.query<RemoteSessionRow>({
    name: "remote_sessions_renew_4",
    text: `with last as materialized (select l.id from unnest($1::text[]) as x(worker),
        lateral (select id from worker_sessions where worker = x.worker and kind = ${SESSION_KIND.http}
          order by started_at desc, id limit 1) l),
        locked as materialized (select s.id from last join worker_sessions s on s.id = last.id order by s.id for no key update of s)
      update worker_sessions s set renewed_at = now(), status = ${live}, epoch = s.epoch + (s.status <> ${live})::int,
        card_at = case when s.status <> ${live} then now() else s.card_at end
      from locked where s.id = locked.id and s.status <> ${ended} returning ${ROW}`,
    values: [workers],
  });
  const byName = new Map(rows.map((row) => [row.worker, row]));
  return workers.map((worker) => byName.get(worker) ?? null);
}

/** What a worker promised of its skills when it last registered, whether its session lives or not; null: nothing. */
export async function remoteContracts(database: Database, worker: string): Promise<JsonObject | null> {
  const { rows } = await database.pool.query<{ contracts: JsonObject | null }>({
    name: "remote_contracts_1",
    text: `select contracts from worker_sessions where worker = $1 and kind = ${SESSION_KIND.http} order by started_at desc, id limit 1`,
    values: [worker],
  });
  return rows[0]?.contracts ?? null;
}
