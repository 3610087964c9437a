import { randomUUID } from "node:crypto";
import { attemptIdOf } from "@/lib/job-event";
import type { SkillCard, WorkerCard } from "@/server/dispatch/worker-card";
import { ApiError } from "@/server/errors";
import type { Engine } from "@/server/turn/engine-contract";
import type { HandedOut } from "./handed-out";
import type { SkillContract, SkillContracts } from "./skill-contract";

/** A remote worker's current session. */
export interface RemoteSession {
  id: string;
  worker: string;
  skills: string[];
  /** What it promises of its skills; null: nothing. */
  contracts: SkillContracts | null;
  /** Skills that it has warm; null: it did not say. */
  hotSkills?: string[] | null;
  /** 0…1 */
  reputation?: number;
}

export interface NewRemoteSession extends Omit<RemoteSession, "reputation"> {
  /** What it tells of itself beyond the names of its skills. */
  card?: WorkerCard | null;
  slots: number;
  hostname: string | null;
  version: string | null;
  /** The web process that took the registration. */
  instance: string;
}

/** An attempt that a session runs. */
export interface HeldTask {
  jobId: string;
  no: number;
  fence: number;
}

/** Absent members stay as they are. */
export interface SessionChange {
  skills?: string[];
  contracts?: SkillContracts | null;
  draining?: boolean;
  skillCards?: Record<string, SkillCard>;
  hotSkills?: string[];
  beat?: string;
}

/** The rows of remote workers' sessions. */
export interface RemoteSessionRows {
  /** Inserts the session and returns the ids of the worker's former ones that still count as live. */
  register(session: NewRemoteSession): Promise<string[]>;
  /**
   * Renews the worker's last session, alive or expired; null when it never registered, or said goodbye since. Absent
   * members stay as they are.
   */
  renew(worker: string, change: SessionChange): Promise<RemoteSession | null>;
  /** What the worker promised when it last registered. */
  contracts(worker: string): Promise<SkillContracts | null>;
  end(sessionId: string): Promise<void>;
  /** The attempts whose rows say that this session runs them. */
  heldBy(sessionId: string): Promise<HeldTask[]>;
}

export interface RemoteWorkers {
  register(worker: Omit<NewRemoteSession, "id" | "instance">): Promise<RemoteSession>;
  /** The worker's session, renewed now and then; throws 404 for a worker that is not registered. */
  present(worker: string): RemoteSession | Promise<RemoteSession>;
  /** What the worker promises of a skill; null: nothing. */
  contractOf(worker: string, skill: string): SkillContract | null | Promise<SkillContract | null>;
  /** How the worker stands, as last seen: null, it is trusted too little to be given anything. */
  standing(worker: string): { hot: ReadonlySet<string> } | null;
  /** Renews the session and tells which of its tasks to abort. */
  heartbeat(worker: string, beat: HeartbeatReport): Promise<{ cancel: string[] }>;
}

export interface HeartbeatReport {
  status: string | null;
  skills: string[] | null;
  /** Of those skills; looked at only where it named some. */
  contracts?: SkillContracts | null;
  /** Of those skills, what it tells beyond their names. */
  skillCards?: Record<string, SkillCard>;
  /** Skills that it has warm; null when it did not say. */
  hotSkills?: string[] | null;
  /** Ids of the attempts that it works on; null when it did not say. */
  currentTasks: string[] | null;
}

/** A hand-out that the worker still does not know of after this long never reached it. */
const UNKNOWN_AFTER_MS = 10_000;
/** A task that it worked on and lists no more has a result on its way, which takes no longer than its repetitions. */
const RESULT_WITHIN_MS = 120_000;
const MOST_SESSIONS = 10_000;
const UNSEEN = { hot: new Set<string>() };

/** Sessions of remote workers, as one web process sees them. */
export function createRemoteWorkers(deps: {
  rows: RemoteSessionRows;
  engine: Pick<Engine, "apply">;
  handedOut: Pick<HandedOut, "forget">;
  instance: string;
  /** A session that is not renewed for this long is dead. */
  leaseMs: number;
  /** Workers below this reputation get nothing. */
  reputationThreshold?: number;
}): RemoteWorkers {
  const { rows } = deps;
  const seen = new Map<string, { session: RemoteSession; hot: ReadonlySet<string>; until: number }>();
  /** Per session, the attempts it held at its last heartbeat. */
  const looks = new Map<string, Map<string, Look>>();
  const renewEveryMs = Math.min(5_000, deps.leaseMs / 6);

  function remember(session: RemoteSession): RemoteSession {
    const hot = new Set(session.hotSkills ?? []);
    seen.set(session.worker, { session, hot, until: performance.now() + renewEveryMs });
    return session;
  }

  async function renew(worker: string, change: SessionChange): Promise<RemoteSession> {
    const session = await rows.renew(worker, change);
    if (!session) throw new ApiError(404, "not_found", `Worker not found: ${worker} is not registered`);
    return remember(session);
  }

  /**
   * Compares what a session holds with what its worker lists. A hand-out that was never listed, in two heartbeats ten
   * seconds apart, never arrived. One that was listed once is the worker's: when it is listed no more, its result is on
   * the way, and when that does not come, it was lost there.
   */
  async function loseUnknown(session: RemoteSession, held: HeldTask[], listed: ReadonlySet<string>): Promise<void> {
    const now = performance.now();
    const before = looks.get(session.id);
    const after = new Map<string, Look>();
    for (const { jobId, no, fence } of held) {
      const id = attemptIdOf(jobId, no, fence);
      const look = lookAt(before?.get(id), listed.has(id), now);
      if (now - look.unlistedAt < look.patienceMs) {
        after.set(id, look);
        continue;
      }
      deps.handedOut.forget(id);
      await deps.engine.apply({ kind: "delivery_lost", jobId, no, fence, worker: session.worker });
    }
    if (looks.size >= MOST_SESSIONS) looks.clear();
    looks.set(session.id, after);
  }

  /** The session is over: what it held goes to others. Ended last, so that a crash on the way leaves it to its lease. */
  async function endSession(sessionId: string, worker: string): Promise<void> {
    for (const { jobId, no, fence } of await rows.heldBy(sessionId)) {
      deps.handedOut.forget(attemptIdOf(jobId, no, fence));
      await deps.engine.apply({ kind: "delivery_lost", jobId, no, fence, worker });
    }
    await rows.end(sessionId);
    looks.delete(sessionId);
  }

  return {
    async register(worker) {
      const session = { ...worker, id: randomUUID(), instance: deps.instance };
      for (const former of await rows.register(session)) await endSession(former, worker.worker);
      const { id, worker: name, skills, contracts, hotSkills } = session;
      remember({ id, worker: name, skills, contracts, hotSkills });
      // A new session is no new start: how far its worker is trusted is written down.
      return renew(name, {});
    },
    contractOf(worker, skill) {
      const known = seen.get(worker);
      if (known) return contractIn(known.session.contracts, skill);
      return rows.contracts(worker).then((contracts) => contractIn(contracts, skill));
    },
    standing(worker) {
      const known = seen.get(worker);
      if ((known?.session.reputation ?? 1) < (deps.reputationThreshold ?? 0)) return null;
      return known ?? UNSEEN;
    },
    present(worker) {
      const known = seen.get(worker);
      return known && known.until > performance.now() ? known.session : renew(worker, {});
    },
    async heartbeat(worker, beat) {
      const session = await renew(worker, {
        ...(beat.skills ? { skills: beat.skills, contracts: beat.contracts ?? null } : {}),
        ...(beat.skills && beat.skillCards ? { skillCards: beat.skillCards } : {}),
        ...(beat.hotSkills ? { hotSkills: beat.hotSkills } : {}),
        ...(beat.status
          ? { beat: beat.status.slice(0, 32), draining: beat.status === "draining" || beat.status === "offline" }
          : {}),
      });
      const listed = new Set(beat.currentTasks);
      const held = beat.currentTasks === null ? [] : await rows.heldBy(session.id);
      const holds = new Set(held.map(({ jobId, no, fence }) => attemptIdOf(jobId, no, fence)));
      // Some workers say goodbye first, and then finish what they list: those keep their session until its lease ends.
      if (beat.status === "offline" && ![...holds].some((id) => listed.has(id))) {
        await endSession(session.id, worker);
        // Last: a poll that ran beside the goodbye may have remembered the session meanwhile.
        seen.delete(worker);
        return { cancel: [] };
      }
      if (beat.currentTasks === null) return { cancel: [] };
      await loseUnknown(session, held, listed);
      return { cancel: beat.currentTasks.filter((id) => !holds.has(id)) };
    },
  };
}

function contractIn(contracts: SkillContracts | null | undefined, skill: string): SkillContract | null {
  return contracts && Object.hasOwn(contracts, skill) ? (contracts[skill] ?? null) : null;
}

/** An attempt that a session holds: since when its worker does not list it, and how long that may last. */
interface Look {
  unlistedAt: number;
  patienceMs: number;
}

function lookAt(before: Look | undefined, listed: boolean, now: number): Look {
  if (listed) return { unlistedAt: now, patienceMs: RESULT_WITHIN_MS };
  return before ?? { unlistedAt: now, patienceMs: UNKNOWN_AFTER_MS };
}
