import type { LoadedJob } from "@/server/store/load-jobs";
import type { CachedJob } from "./job-cache";
import type { Work } from "./work";

/** A job that this engine cannot work on. */
export interface NotRunnable {
  row: Pick<LoadedJob, "id" | "version">;
  /** Names its version, as in `version 3 of checkout (3f2a91…)`. */
  name: string;
  /** What an engine must have advertised to work on it. */
  needs: string[];
  /** The job as its document alone tells it: enough for what runs no code. Null when not even that can be folded. */
  uncoded: CachedJob | null;
  /** Its history does not add up, for any engine of this release. */
  broken: Error | null;
  /** The job is fine; it is a signal that this release does not know. */
  unheard?: true;
}

export interface LeftJob extends NotRunnable {
  works: Work[];
}
