import type { Pool } from "pg";
import type { WorkerRow } from "@/lib/api/worker";
import type { WorkerCard } from "@/server/dispatch/worker-card";
import { LEASE_SECONDS } from "./job-rows";

interface WorkerRecord {
  id: string;
  worker: string;
  kind: number;
  version: string | null;
  skills: string[];
  slots: number;
  draining: boolean;
  status: number;
  alive: boolean;
  started_at: Date;
  renewed_at: Date;
  busy: number;
  waiting: number;
  reputation: number;
  beat: string | null;
  hot: string[] | null;
  card: WorkerCard | null;
}

/** The last session of each worker of the last day, with the tasks it holds (by `tasks_held`). Ended ones are left out. */
export async function readWorkers(pool: Pool, reputationThreshold = 0): Promise<WorkerRow[]> {
  const { rows } = await pool.query<WorkerRecord>(
    `select distinct on (w.worker) w.id, w.worker, w.kind, w.version, w.skills, w.slots, w.draining, w.status, w.started_at, w.renewed_at,
            w.status = 0 and w.renewed_at > now() - interval '${LEASE_SECONDS} seconds' as alive,
            (select count(*)::int from tasks k where k.status = 2 and k.worker = w.id::text) as busy,
            (select count(*)::int from tasks k where k.status = 6 and k.worker = w.id::text) as waiting,
            coalesce(r.reputation, 1) as reputation, w.beat, w.hot_skills as hot, w.card
     from worker_sessions w left join worker_reputations r on r.worker = w.worker
     -- A web process holds a session of its own for the tasks that it hands out to remote workers.
     where w.renewed_at > now() - interval '1 day' and not (w.kind = 1 and w.instance is not null)
     order by w.worker, w.renewed_at desc`,
  );
  return rows.filter((row) => row.status !== 1).map((row) => workerRowOf(row, reputationThreshold));
}

function workerRowOf(row: WorkerRecord, reputationThreshold: number): WorkerRow {
  const isRemote = row.kind !== 1;
  const resources = row.card?.resources;
  return {
    worker_id: row.worker,
    session_id: row.id,
    kind: row.kind === 1 ? "own" : "http",
    version: row.version,
    status: !row.alive ? "lost" : row.draining ? "draining" : "online",
    skills: row.skills,
    slots: row.slots,
    busy: row.busy,
    waiting: row.waiting,
    reputation: isRemote ? Math.round(row.reputation * 10_000) / 10_000 : null,
    trusted: !isRemote || row.reputation >= reputationThreshold,
    beat: row.beat,
    hot_skills: row.hot ?? [],
    cost_per_skill: row.card?.costPerSkill ?? {},
    resources: resources
      ? {
          properties: resources.properties,
          devices: resources.devices.map(({ type, model, id }) => ({ type, model, id })),
        }
      : null,
    started_at: row.started_at.toISOString(),
    renewed_at: row.renewed_at.toISOString(),
  };
}
