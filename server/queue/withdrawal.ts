import type { Redis } from "ioredis";
import { taskIdOf } from "@/lib/job-event";
import { CANCEL_KEY_SECONDS, type Keys } from "@/server/queue/keys";
import { firstError } from "@/server/queue/stream-reply";
import type { TroubleListener } from "@/server/queue/trouble";
import { removeTasks } from "@/server/queue/window-scan";

/**
 * Withdraws tasks that are gone. Workers are told at once; the entries are removed by walking the window, one walk per
 * type for all tasks that came together, and no second walk while one is under way: a thousand cancels cost a few.
 */
export class Withdrawal {
  private pending = new Map<string, Set<string>>();
  private walking: Promise<void> | null = null;

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
    private readonly tell: TroubleListener,
    /** Sends announcements that are still gathered: an entry must be there to be removed. */
    private readonly flush: () => Promise<void>,
  ) {}

  withdraw(tasks: { jobId: string; no: number; type: string }[]): void {
    if (tasks.length === 0) return;
    this.tellWorkers(tasks.map((task) => taskIdOf(task.jobId, task.no)));
    this.recall(tasks);
  }

  /** Removes the entries only: a worker that holds one may bring its result. */
  recall(tasks: { jobId: string; no: number; type: string }[]): void {
    if (tasks.length === 0) return;
    for (const task of tasks) {
      const ids = this.pending.get(task.type) ?? new Set();
      this.pending.set(task.type, ids);
      ids.add(taskIdOf(task.jobId, task.no));
    }
    this.walking ??= this.walk().finally(() => {
      this.walking = null;
    });
  }

  /** Resolves when nothing is being withdrawn. */
  async settled(): Promise<void> {
    await this.walking;
  }

  private tellWorkers(taskIds: string[]): void {
    const pipeline = this.redis.pipeline();
    for (const taskId of taskIds) {
      pipeline.set(this.keys.cancel(taskId), "1", "EX", CANCEL_KEY_SECONDS);
      pipeline.publish(this.keys.cancelChannel, taskId);
    }
    pipeline
      .exec()
      .then((replies) => firstError(replies))
      .catch((error: unknown) => error)
      .then((error) => {
        if (error) this.tell("Workers were not told of a cancel", error);
      });
  }

  private async walk(): Promise<void> {
    // A moment for more of the same tick; and announcements go first.
    await this.flush();
    while (this.pending.size > 0) {
      const round = this.pending;
      this.pending = new Map();
      for (const [type, taskIds] of round) {
        try {
          await removeTasks(this.redis, this.keys, type, taskIds);
        } catch (error) {
          this.tell("Queued tasks were not withdrawn", error);
        }
      }
    }
  }
}
