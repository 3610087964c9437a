import { attemptIdOf } from "@/lib/job-event";
import type { PlacedTask } from "@/server/store/placement";

/** A task that waits at a session, as this dispatcher has seen it. */
export interface Waiting {
  task: PlacedTask;
  /** Since when it is there, by this process' clock; for what another dispatcher placed, since it was first seen. */
  since: number;
  /** Sessions where it waited already. */
  tried: ReadonlySet<string>;
}

/** The tasks that wait at sessions. */
export class PlacedTasks {
  private waiting = new Map<string, Waiting>();

  get size(): number {
    return this.waiting.size;
  }

  /** Longest waiting first, at most `limit`. */
  oldest(limit: number): Waiting[] {
    const all = [...this.waiting.values()];
    if (all.length > limit) all.sort((a, b) => a.since - b.since);
    return all.slice(0, limit);
  }

  /** The dispatcher gave it to this session. */
  put(task: PlacedTask, now: number): void {
    const id = idOf(task);
    const tried = new Set(this.waiting.get(id)?.tried).add(task.session);
    this.waiting.set(id, { task, since: now, tried });
  }

  remove(task: PlacedTask): void {
    this.waiting.delete(idOf(task));
  }

  /** What the rows say; `complete`: they are all there are. */
  follow(rows: PlacedTask[], complete: boolean, now: number): void {
    const before = this.waiting;
    const after = complete ? new Map<string, Waiting>() : before;
    for (const task of rows) {
      const known = before.get(idOf(task));
      const same = known?.task.session === task.session;
      const tried = same ? known.tried : new Set(known?.tried).add(task.session);
      after.set(idOf(task), { task, since: same ? known.since : now, tried });
    }
    this.waiting = after;
  }
}

function idOf({ jobId, no, fence }: PlacedTask): string {
  return attemptIdOf(jobId, no, fence);
}
