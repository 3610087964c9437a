import { setTimeout as sleep } from "node:timers/promises";
import type { BenchSystem } from "@/test/bench/bench-system";

const LOOK_EVERY_MS = 1;
const GIVE_UP_MS = 60_000;

/** Looks at the rows of all jobs that somebody waits for, in one query at a time: many waits cost what one costs. */
export class EndWatch {
  private readonly waiting = new Map<string, { since: number; resolve: () => void; reject: (error: Error) => void }>();
  private looking = false;

  constructor(private readonly system: BenchSystem) {}

  /** Milliseconds from the request that submits a job to the first look at its row that finds it ended. */
  async submitAndSee(blueprint: string, input: object): Promise<number> {
    const since = performance.now();
    const id = await this.system.start(blueprint, input);
    const ended = new Promise<void>((resolve, reject) => this.waiting.set(id, { since, resolve, reject }));
    if (!this.looking) this.look().catch((error: Error) => this.endAll(error));
    await ended;
    return performance.now() - since;
  }

  private async look(): Promise<void> {
    this.looking = true;
    while (this.waiting.size > 0) {
      const { rows } = await this.system.pool.query<{ id: string; status: number }>({
        name: "bench_ends",
        text: "select id, status from jobs where id = any ($1::text::uuid[]) and status >= 9",
        values: [`{${[...this.waiting.keys()].join(",")}}`],
      });
      for (const { id, status } of rows) this.end(id, status === 20 ? null : `job ${id} has status ${status}`);
      const now = performance.now();
      for (const [id, { since }] of this.waiting) if (now - since > GIVE_UP_MS) this.end(id, `job ${id} did not end`);
      await sleep(LOOK_EVERY_MS);
    }
    this.looking = false;
  }

  private endAll(error: Error): void {
    this.looking = false;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private end(id: string, fault: string | null): void {
    const wait = this.waiting.get(id);
    this.waiting.delete(id);
    if (fault === null) wait?.resolve();
    else wait?.reject(new Error(`${fault}\n${this.system.lastLines()}`));
  }
}
