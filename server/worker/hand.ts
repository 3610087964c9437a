import { attemptIdOf, taskIdOf } from "@/lib/job-event";
import type { Delivery } from "@/server/queue/contract";
import type { Prefetch } from "./prefetch";
import type { TaskRun } from "./run-task";

/** One attempt that this worker holds: waiting for a place, or running. */
export interface Attempt {
  /** `<job>.<no>.<fence>` */
  id: string;
  /** `<job>.<no>` */
  taskId: string;
  delivery: Delivery;
  /** What still settles the delivery; null once a reported start has. */
  receipt: string | null;
  /** Receipts of the same attempt delivered again, settled together with it. */
  duplicates: string[];
  takenAt: number;
  /** Its start has been reported. */
  isStartReported: boolean;
  /** Cancelled before its code started. */
  cancelled: boolean;
  run: TaskRun | null;
}

/** The attempts in a worker's hand, by id. Running ones never exceed `concurrency`. */
export class Hand {
  readonly running = new Map<string, Attempt>();
  private waiting = new Map<string, Attempt>();
  private wake = new Set<() => void>();

  constructor(
    readonly concurrency: number,
    private readonly ahead: Pick<Prefetch, "size">,
  ) {}

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** How many more deliveries may be taken now. */
  get room(): number {
    return this.concurrency + this.ahead.size - this.running.size - this.waiting.size;
  }

  /** The room from which on it is worth asking for more. */
  get leastRoom(): number {
    return Math.max(1, Math.ceil(this.ahead.size / 2));
  }

  /** Adds deliveries; one that is here already is remembered with the first and not run twice. */
  add(deliveries: Delivery[]): void {
    const takenAt = performance.now();
    for (const delivery of deliveries) {
      const { jobId, no, fence } = delivery.message;
      const id = attemptIdOf(jobId, no, fence);
      const here = this.running.get(id) ?? this.waiting.get(id);
      if (here) {
        here.duplicates.push(delivery.receipt);
        continue;
      }
      const { receipt } = delivery;
      const taskId = taskIdOf(jobId, no);
      this.waiting.set(id, {
        id,
        taskId,
        delivery,
        receipt,
        duplicates: [],
        takenAt,
        isStartReported: false,
        cancelled: false,
        run: null,
      });
    }
  }

  /** Moves as many waiting attempts into the running ones as there are places, oldest first. */
  nextToRun(): Attempt[] {
    const next: Attempt[] = [];
    for (const attempt of this.waiting.values()) {
      if (this.running.size >= this.concurrency) break;
      this.waiting.delete(attempt.id);
      this.running.set(attempt.id, attempt);
      next.push(attempt);
    }
    return next;
  }

  /** The attempt has left its place. */
  done(attempt: Attempt): void {
    this.running.delete(attempt.id);
    this.changed();
  }

  /** Takes out what waits and is more than may be held now, the newest first. */
  takeSurplus(): Attempt[] {
    const surplus = [...this.waiting.values()].slice(Math.max(0, this.waiting.size + Math.min(0, this.room)));
    for (const attempt of surplus) this.waiting.delete(attempt.id);
    return surplus;
  }

  /** Takes out everything that has not started. */
  takeWaiting(): Attempt[] {
    const untouched = [...this.waiting.values()];
    this.waiting.clear();
    this.changed();
    return untouched;
  }

  /** Takes out everything, and returns the deliveries that are not settled. Running code leaves by itself. */
  takeAll(): Delivery[] {
    return deliveriesOf([...this.running.values(), ...this.takeWaiting()]);
  }

  /** The attempts of a task, waiting or running. */
  ofTask(taskId: string): { waiting: Attempt[]; running: Attempt[] } {
    const ofTask = (attempt: Attempt) => attempt.taskId === taskId;
    return {
      waiting: [...this.waiting.values()].filter(ofTask),
      running: [...this.running.values()].filter(ofTask),
    };
  }

  removeWaiting(attempt: Attempt): void {
    this.waiting.delete(attempt.id);
    this.changed();
  }

  /** Resolves at the next change that may make room, or when nothing runs any more; after `withinMs` in any case. */
  nextChange(withinMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(woken, withinMs).unref();
      const { wake } = this;
      wake.add(woken);
      function woken() {
        clearTimeout(timer);
        wake.delete(woken);
        resolve();
      }
    });
  }

  /** Wakes those who wait for a change. */
  changed(): void {
    for (const woken of [...this.wake]) woken();
  }
}

/** What still has to be settled of these attempts: a delivery for each receipt. */
export function deliveriesOf(attempts: Attempt[]): Delivery[] {
  return attempts.flatMap(({ delivery, receipt, duplicates }) =>
    [receipt, ...duplicates].flatMap((one) => (one === null ? [] : [{ ...delivery, receipt: one }])),
  );
}
