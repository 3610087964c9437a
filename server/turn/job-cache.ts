import { isTerminal } from "@/lib/job-status";
import type { Job } from "@/server/engine/job";
import type { RunnableBlueprint } from "./blueprint-source";

/** A job as of its last commit that this engine knows of, with the blueprint it is pinned to. */
export interface CachedJob {
  job: Job;
  blueprint: RunnableBlueprint;
}

/**
 * The jobs that an engine works on, the one whose last commit is oldest first out. A copy may be older than the database (another
 * engine, a person): the version guard of the commit finds out, and "stale" is only said on a fresh load.
 */
export class JobCache {
  private readonly jobs = new Map<string, CachedJob>();

  constructor(private readonly limit: number) {}

  get(id: string): CachedJob | undefined {
    return this.jobs.get(id);
  }

  /** Keeps an open job; one that ended has nothing more to decide, and a late signal for it is rare enough to read it. */
  set(id: string, entry: CachedJob): void {
    this.jobs.delete(id);
    if (isTerminal(entry.job.status) || entry.blueprint.uncoded) return;
    this.jobs.set(id, entry);
    if (this.jobs.size <= this.limit) return;
    const oldest = this.jobs.keys().next().value;
    if (oldest !== undefined) this.jobs.delete(oldest);
  }

  delete(id: string): void {
    this.jobs.delete(id);
  }

  clear(): void {
    this.jobs.clear();
  }

  get size(): number {
    return this.jobs.size;
  }
}
