import { TASK_STATUS } from "@/server/engine/job";
import { BlockRows, unnestSql } from "./block-columns";
import type { Database } from "./database";
import type { TaskAttempt } from "./due";
import { type HeldLease, stillHeld } from "./leases";
import { SESSION_KIND, SESSION_STATUS, type SessionKind, type SessionStatus } from "./schema/workers";

export interface NewSession {
  /** A uuid, made by whoever opens the session. */
  id: string;
  worker: string;
  kind: SessionKind;
  /** The web process that answers a remote worker. */
  instance?: string;
  skills: string[];
  slots: number;
  hostname?: string;
  version?: string;
}

export interface Session {
  id: string;
  worker: string;
  kind: SessionKind;
  instance: string | null;
  epoch: string;
  skills: string[];
  slots: number;
  status: SessionStatus;
  draining: boolean;
  startedAt: Date;
  renewedAt: Date;
}

const { live, ended, expired } = SESSION_STATUS;

const COLUMNS = `id, worker, kind, instance, epoch::text, skills, slots, status, draining, started_at as "startedAt", renewed_at as "renewedAt"`;

type SessionRow = Omit<Session, "kind" | "status"> & { kind: number; status: number };

function nameOf<Names extends Record<string, number>>(names: Names, code: number): keyof Names {
  const entry = Object.entries(names).find(([, value]) => value === code);
  if (!entry) throw new RangeError(`unknown code ${code}`);
  return entry[0];
}

function sessionOf(row: SessionRow): Session {
  return { ...row, kind: nameOf(SESSION_KIND, row.kind), status: nameOf(SESSION_STATUS, row.status) };
}

/** Opens a session, or renews the one with this id under a new epoch. Returns its epoch. */
export async function registerSession(database: Database, session: NewSession): Promise<string> {
  const { rows } = await database.pool.query<{ epoch: string }>({
    name: "session_register_2",
    text: `insert into worker_sessions as s (id, worker, kind, instance, epoch, skills, slots, status, draining, hostname, version, started_at, renewed_at)
      values ($1, $2, $3, $4, 1, $5, $6, ${live}, false, $7, $8, now(), now())
      on conflict (id) do update set worker = excluded.worker, kind = excluded.kind, instance = excluded.instance, epoch = s.epoch + 1,
        skills = excluded.skills, slots = excluded.slots, status = ${live}, draining = false, hostname = excluded.hostname,
        version = excluded.version, renewed_at = now(), card_at = now()
      returning epoch::text`,
    values: [
      session.id,
      session.worker,
      SESSION_KIND[session.kind],
      session.instance ?? null,
      session.skills,
      session.slots,
      session.hostname ?? null,
      session.version ?? null,
    ],
  });
  return rows[0]?.epoch ?? "0";
}

/**
 * One heartbeat. Null when the id was never registered. A session that had expired lives again, under a new epoch: what
 * it held has gone to others (`revived`).
 */
export async function renewSession(
  database: Database,
  id: string,
  change: { draining?: boolean; skills?: string[]; slots?: number; instance?: string; runtime?: string } = {},
): Promise<{ epoch: string; revived: boolean } | null> {
  const { rows } = await database.pool.query<{ epoch: string; revived: boolean }>({
    name: "session_renew_3",
    text: `with old as (select id, status from worker_sessions where id = $1 for update)
      update worker_sessions s set renewed_at = now(), status = ${live}, epoch = s.epoch + (old.status <> ${live})::int,
        draining = coalesce($2, s.draining), skills = coalesce($3, s.skills), slots = coalesce($4, s.slots), instance = coalesce($5, s.instance), runtime = coalesce($6::json, s.runtime),
        card_at = case when old.status <> ${live} or $2 is not null or $3 is not null or $4 is not null then now() else s.card_at end
      from old where s.id = old.id returning s.epoch::text, old.status <> ${live} as revived`,
    values: [
      id,
      change.draining ?? null,
      change.skills ?? null,
      change.slots ?? null,
      change.instance ?? null,
      change.runtime ?? null,
    ],
  });
  return rows[0] ?? null;
}

/** The worker said goodbye. What it still held must be made lost by the caller (`tasksOfSession`). */
export async function endSession(database: Database, id: string): Promise<void> {
  await database.pool.query({
    name: "session_end_2",
    text: `update worker_sessions set status = ${ended}, card_at = now() where id = $1`,
    values: [id],
  });
}

export async function sessionById(database: Database, id: string): Promise<Session | null> {
  const { rows } = await database.pool.query<SessionRow>({
    name: "session_by_id_1",
    text: `select ${COLUMNS} from worker_sessions where id = $1`,
    values: [id],
  });
  return rows[0] ? sessionOf(rows[0]) : null;
}

/** Live sessions that nobody renewed for `leaseMs`, by the database's clock. */
export async function expiredSessions(database: Database, leaseMs: number): Promise<Session[]> {
  const { rows } = await database.pool.query<SessionRow>({
    name: "session_expired_1",
    text: `select ${COLUMNS} from worker_sessions where status = ${live} and renewed_at < now() - $1 * interval '1 ms' order by renewed_at limit 1000`,
    values: [leaseMs],
  });
  return rows.map(sessionOf);
}

/** Which of these sessions are live and were renewed within `leaseMs`, by the database's clock. */
export async function liveSessions(database: Database, ids: string[], leaseMs: number): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await database.pool.query<{ id: string }>({
    name: "session_live_1",
    text: `select id::text from worker_sessions
      where id::text = any ($1::text[]) and status = ${live} and renewed_at >= now() - $2 * interval '1 ms'`,
    values: [ids, leaseMs],
  });
  return new Set(rows.map((row) => row.id));
}

/** Marks a session as expired, unless it was renewed meanwhile, or `lease` is another's by now. Call before its tasks are made lost; false: leave it. */
export async function expireSession(
  database: Database,
  id: string,
  leaseMs: number,
  lease: HeldLease,
): Promise<boolean> {
  const { rowCount } = await database.pool.query({
    name: "session_expire_3",
    text: `update worker_sessions set status = ${expired}, card_at = now() where id = $1 and status = ${live} and renewed_at < now() - $2 * interval '1 ms'
      and ${stillHeld(3)}`,
    values: [id, leaseMs, lease.name, lease.epoch],
  });
  return rowCount === 1;
}

/** Sessions that are over and may still hold tasks: a reaper that died between the mark and the signals left them. */
export async function endedSessionsWithTasks(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>({
    name: "session_leftovers_1",
    text: `select s.id from worker_sessions s where s.status <> ${live}
      and exists (select from tasks k where k.worker = s.id::text and k.status = ${TASK_STATUS.running}) limit 1000`,
  });
  return rows.map((row) => row.id);
}

/** A task that a session holds; `own`: the session is one of our own workers. */
export interface HeldAttempt extends TaskAttempt {
  own: boolean;
}

/** Running tasks that a session holds. */
export async function tasksOfSession(database: Database, sessionId: string): Promise<HeldAttempt[]> {
  const { rows } = await database.pool.query<HeldAttempt>({
    name: "session_tasks_2",
    text: `select job_id as "jobId", no, fence, type,
      exists (select from worker_sessions s where s.id = $2::uuid and s.kind = ${SESSION_KIND.own}) as own
      from tasks where worker = $1 and status = ${TASK_STATUS.running}`,
    values: [sessionId, sessionId],
  });
  return rows;
}

const ATTEMPTS = {
  name: "attempt",
  columns: [
    ["job_id", "uuid"],
    ["no", "int"],
    ["fence", "int"],
  ],
} as const;

/**
 * Of these hand-outs, those that nobody has taken up under another name: a task that went back to the backlog, or that a
 * live session claimed as a row meanwhile, is not lost with a message of old.
 */
export async function stillAnnounced<Attempt extends { jobId: string; no: number; fence: number }>(
  database: Database,
  attempts: Attempt[],
): Promise<Attempt[]> {
  if (attempts.length === 0) return [];
  const block = new BlockRows(ATTEMPTS);
  for (const { jobId, no, fence } of attempts) block.add(jobId, jobId, no, fence);
  const { rows } = await database.pool.query<{ ord: number }>({
    name: "still_announced_1",
    text: `select x.ord::int from ${unnestSql(ATTEMPTS, 1)}, lateral (select from tasks k where k.job_id = x.job_id and k.no = x.no
      and k.fence = x.fence and k.status = ${TASK_STATUS.announced} offset 0) k`,
    values: block.parameters(),
  });
  const found = new Set(rows.map((row) => row.ord));
  return attempts.filter((_, index) => found.has(index + 1));
}

/** Removes sessions that have been over for `ms`. */
export async function removeOldSessions(database: Database, ms: number): Promise<number> {
  const { rowCount } = await database.pool.query(
    `delete from worker_sessions s where status <> ${live} and renewed_at < now() - $1 * interval '1 ms'
     and not exists (select from tasks k where k.worker = s.id::text and k.status = ${TASK_STATUS.running})`,
    [ms],
  );
  return rowCount ?? 0;
}
