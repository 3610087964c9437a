import { randomUUID } from "node:crypto";
import { attemptIdOf } from "@/lib/job-event";
import { ApiError } from "@/server/errors";
import type { Engine } from "@/server/turn/engine-contract";
import type { HandedOut } from "./handed-out";

/** A remote worker's current session. */
export interface RemoteSession {
  id: string;
  worker: string;
  skills: string[];
}

export interface NewRemoteSession extends RemoteSession {
  slots: number;
  hostname: string | null;
  version: string | null;
  /** The web process that took the registration. */
  instance: string;
}

/** The rows of remote workers' sessions. */
export interface RemoteSessionRows {
  /** Inserts the session and ends the worker's former ones, whose ids it returns. */
  register(session: NewRemoteSession): Promise<string[]>;
  /** Renews the worker's last session, alive or not; null when it never registered. Absent members stay as they are. */
  renew(worker: string, change: { skills?: string[]; draining?: boolean }): Promise<RemoteSession | null>;
  end(sessionId: string): Promise<void>;
  /** The attempts whose rows say that this session runs them. */
  heldBy(sessionId: string): Promise<{ jobId: string; no: number; fence: number }[]>;
}

export interface RemoteWorkers {
  register(worker: Omit<NewRemoteSession, "id" | "instance">): Promise<RemoteSession>;
  /** The worker's session, renewed now and then; throws 404 for a worker that never registered. */
  present(worker: string): Promise<RemoteSession>;
  /** Renews the session and tells which of its tasks to abort. */
  heartbeat(worker: string, beat: HeartbeatReport): Promise<{ cancel: string[] }>;
}

export interface HeartbeatReport {
  status: string | null;
  skills: string[] | null;
  /** Ids of the attempts that it works on; null when it did not say. */
  currentTasks: string[] | null;
}

/** A hand-out that the worker still does not know of after this long never reached it. */
const UNKNOWN_AFTER_MS = 10_000;

/** Sessions of remote workers, as one web process sees them. */
export function createRemoteWorkers(deps: {
  rows: RemoteSessionRows;
  engine: Pick<Engine, "apply">;
  handedOut: Pick<HandedOut, "ageMs" | "forget">;
  instance: string;
  /** A session that is not renewed for this long is dead. */
  leaseMs: number;
}): RemoteWorkers {
  const { rows } = deps;
  const seen = new Map<string, { session: RemoteSession; until: number }>();
  const missedSince = new Map<string, number>();
  const renewEveryMs = Math.min(5_000, deps.leaseMs / 6);

  function remember(session: RemoteSession): RemoteSession {
    seen.set(session.worker, { session, until: performance.now() + renewEveryMs });
    return session;
  }

  async function renew(worker: string, change: { skills?: string[]; draining?: boolean }): Promise<RemoteSession> {
    const session = await rows.renew(worker, change);
    if (!session) throw new ApiError(404, "not_found", `Worker not found: ${worker} is not registered`);
    return remember(session);
  }

  /** Attempts that were handed out and that the worker does not list; on the second look, ten seconds later, they are lost. */
  async function loseUnknown(
    session: RemoteSession,
    unknown: { jobId: string; no: number; fence: number }[],
  ): Promise<void> {
    const now = performance.now();
    for (const { jobId, no, fence } of unknown) {
      const id = attemptIdOf(jobId, no, fence);
      const since = missedSince.get(id) ?? now;
      missedSince.set(id, since);
      if ((deps.handedOut.ageMs(id) ?? now - since) < UNKNOWN_AFTER_MS) continue;
      missedSince.delete(id);
      deps.handedOut.forget(id);
      await deps.engine.apply({ kind: "delivery_lost", jobId, no, fence, worker: session.worker });
    }
  }

  /** The session is over: what it held goes to others. */
  async function loseAll(sessionId: string, worker: string): Promise<void> {
    for (const { jobId, no, fence } of await rows.heldBy(sessionId)) {
      deps.handedOut.forget(attemptIdOf(jobId, no, fence));
      await deps.engine.apply({ kind: "delivery_lost", jobId, no, fence, worker });
    }
  }

  function forgetOldMisses(): void {
    const old = performance.now() - 60_000;
    for (const [id, since] of missedSince) if (since < old) missedSince.delete(id);
  }

  return {
    async register(worker) {
      const session = { ...worker, id: randomUUID(), instance: deps.instance };
      for (const former of await rows.register(session)) await loseAll(former, worker.worker);
      return remember({ id: session.id, worker: session.worker, skills: session.skills });
    },
    async present(worker) {
      const known = seen.get(worker);
      return known && known.until > performance.now() ? known.session : renew(worker, {});
    },
    async heartbeat(worker, beat) {
      const session = await renew(worker, {
        ...(beat.skills ? { skills: beat.skills } : {}),
        ...(beat.status ? { draining: beat.status === "draining" || beat.status === "offline" } : {}),
      });
      if (beat.status === "offline") {
        seen.delete(worker);
        await loseAll(session.id, worker);
        await rows.end(session.id);
        return { cancel: [] };
      }
      if (beat.currentTasks === null) return { cancel: [] };
      const held = await rows.heldBy(session.id);
      const listed = new Set(beat.currentTasks);
      const holds = new Set(held.map(({ jobId, no, fence }) => attemptIdOf(jobId, no, fence)));
      await loseUnknown(
        session,
        held.filter(({ jobId, no, fence }) => !listed.has(attemptIdOf(jobId, no, fence))),
      );
      forgetOldMisses();
      return { cancel: beat.currentTasks.filter((id) => !holds.has(id)) };
    },
  };
}
