import type { Pool } from "pg";
import type { KnownWorker, WorkerCard } from "@/server/dispatch/worker-card";
import { SESSION_KIND, SESSION_STATUS } from "../schema/workers";
import { LEASE_SECONDS } from "./job-rows";

/** What a dispatcher would know of the workers for some types. */
export interface PlacementFacts {
  /** Live workers in all. */
  workers: number;
  /** Of them those that have one of the types, up to some thousands. */
  known: KnownWorker[];
  /** Tasks that each session runs or that wait at it, by session. */
  loads: Record<string, number>;
}

const MOST_KNOWN = 5_000;
const LIVE = `w.status = ${SESSION_STATUS.live} and w.renewed_at > now() - interval '${LEASE_SECONDS} seconds'
  and not (w.kind = ${SESSION_KIND.own} and w.instance is not null)`;
const NO_CARD: WorkerCard = {
  skills: {},
  resources: { properties: {}, devices: [] },
  software: {},
  artifacts: [],
  extra: {},
  costPerSkill: {},
};

interface Row {
  id: string;
  worker: string;
  kind: number;
  skills: string[];
  hot: string[] | null;
  card: WorkerCard | null;
  slots: number;
  draining: boolean;
  beat: string | null;
  reputation: number;
  load: number;
}

/** Reads the live workers that have one of these skills, with their cards. */
export async function readPlacementFacts(pool: Pool, types: string[]): Promise<PlacementFacts> {
  const { rows } = await pool.query<Row>(
    `select w.id::text, w.worker, w.kind, w.skills, w.hot_skills as hot, w.card, w.slots, w.draining, w.beat, coalesce(r.reputation, 1) as reputation,
       (select count(*)::int from tasks k where k.worker = w.id::text and k.status in (2, 6)) as load
     from worker_sessions w left join worker_reputations r on r.worker = w.worker
     where ${LIVE} and w.skills && $1::text[] limit ${MOST_KNOWN}`,
    [types],
  );
  const all = await pool.query<{ n: number }>(`select count(*)::int as n from worker_sessions w where ${LIVE}`);
  return {
    workers: Math.max(all.rows[0]?.n ?? 0, rows.length),
    known: rows.map((row) => ({
      session: row.id,
      worker: row.worker,
      kind: row.kind === SESSION_KIND.own ? "own" : "http",
      skills: new Set(row.skills),
      hot: new Set(row.hot ?? []),
      card: row.card ?? NO_CARD,
      slots: row.kind === SESSION_KIND.own ? row.slots : (row.card?.slots ?? 0),
      draining: row.draining,
      beat: row.beat,
      reputation: row.reputation,
    })),
    loads: Object.fromEntries(rows.map(({ id, load }) => [id, load])),
  };
}
