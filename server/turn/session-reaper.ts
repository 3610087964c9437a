import type { Signal } from "@/server/engine/signal";
import { faultPoint } from "@/server/fault-point";
import type { EngineQueue } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import { endedSessions } from "@/server/store/ended-sessions";
import type { HeldLease } from "@/server/store/leases";
import {
  endedSessionsWithTasks,
  expiredSessions,
  expireSession,
  removeOldSessions,
  stillAnnounced,
  tasksOfSession,
} from "@/server/store/sessions";

const KEEP_ENDED_MS = 3_600_000;
/** A worker that does not know yet that it was called dead may still take something, and die with that. */
const LOOK_AGAIN_MS = 30_000;
/** Ended sessions looked at in one round: due times and the lease wait for it. All there are have their turn in time. */
const MOST_AT_ONCE = 50;

/**
 * Every hand-out of a session that was not renewed for its lease, or that ended with work in its hands, is lost: its
 * pending messages and its started tasks.
 */
export class SessionReaper {
  /** Ended sessions whose pending messages this process has taken: a new housekeeper looks at all of them once more. */
  private readonly reaped = new Set<string>();
  /** Sessions that this process called dead and has not reaped yet: the last to end, but not the last to be heard of. */
  private readonly expired = new Set<string>();
  private lookedAtAllAt = 0;

  constructor(
    private readonly database: Database,
    private readonly queue: EngineQueue,
    private readonly leaseMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  async reap(lease: HeldLease): Promise<Signal[]> {
    for (const session of await expiredSessions(this.database, this.leaseMs)) {
      // False: a heartbeat came in between, and the session keeps all it holds.
      if (await expireSession(this.database, session.id, this.leaseMs, lease)) this.expired.add(session.id);
    }
    if (this.expired.size > 0) faultPoint("reaper.after_expire");
    const over = await endedSessions(this.database);
    if (this.now() - this.lookedAtAllAt >= LOOK_AGAIN_MS) {
      this.lookedAtAllAt = this.now();
      this.reaped.clear();
    }
    const fresh = over.filter((id) => !this.reaped.has(id)).slice(0, MOST_AT_ONCE);
    const late = await endedSessionsWithTasks(this.database);
    const signals: Signal[] = [];
    for (const id of new Set([...this.expired, ...fresh, ...late])) signals.push(...(await this.lost(id)));
    this.expired.clear();
    const kept = new Set(over);
    for (const id of this.reaped) if (!kept.has(id)) this.reaped.delete(id);
    for (const id of fresh) this.reaped.add(id);
    await removeOldSessions(this.database, KEEP_ENDED_MS);
    return signals;
  }

  private async lost(sessionId: string): Promise<Signal[]> {
    const pending = await stillAnnounced(this.database, await this.queue.reapSession(sessionId));
    const held = await tasksOfSession(this.database, sessionId);
    // What a remote worker was handed it works on; our own hold deliveries ahead.
    const ahead = [...held.filter((task) => task.own), ...pending];
    return [
      ...held.filter((task) => !task.own).map((task) => lossOf(task)),
      ...ahead.map((task): Signal => ({ ...lossOf(task), ahead: true })),
    ];
  }
}

function lossOf({ jobId, no, fence }: { jobId: string; no: number; fence: number }) {
  return { kind: "delivery_lost", jobId, no, fence } as const;
}
