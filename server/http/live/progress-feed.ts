import type { Database } from "@/server/store/database";
import { readProgress } from "@/server/store/reads/live-reads";
import type { LiveListener } from "./live-listener";
import { encodeMessage } from "./sse";

const EVERY_MS = 1_000;

/** Progress of running tasks has no number and no event: its last value is looked at once a second, for watched jobs. */
export class ProgressFeed {
  private readonly last = new Map<string, string>();
  private readAtMs = 0;

  constructor(
    private readonly database: Database,
    private readonly listeners: ReadonlySet<LiveListener>,
    private readonly cursor: () => { system: string; horizon: string },
  ) {}

  /** Tells the watchers what has changed since the last look. */
  async tell(): Promise<void> {
    const watched = new Set([...this.listeners].flatMap((listener) => [...listener.seqs.keys()]));
    for (const id of this.last.keys()) if (!watched.has(id)) this.last.delete(id);
    if (watched.size === 0 || Date.now() - this.readAtMs < EVERY_MS) return;
    this.readAtMs = Date.now();
    for (const progress of await readProgress(this.database.pool, [...watched])) {
      const text = JSON.stringify(progress.tasks);
      if (this.last.get(progress.job_id) === text) continue;
      this.last.set(progress.job_id, text);
      const message = encodeMessage("progress", progress);
      const { system, horizon } = this.cursor();
      for (const listener of [...this.listeners])
        if (listener.seqs.has(progress.job_id)) listener.send(system, horizon, message);
    }
  }
}
