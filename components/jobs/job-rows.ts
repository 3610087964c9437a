import type { JobChange } from "@/components/data/live-messages";
import type { JobRow } from "@/lib/api/job";
import { isTerminal } from "@/lib/job-status";

/** How far a job has come, whichever way that was learnt; the newest wins. */
export interface RowNews {
  /** The same page, read again later. */
  read: readonly JobRow[];
  /** The last live change of each shown job, with the browser's time it came. */
  changes: ReadonlyMap<string, { change: JobChange; atMs: number }>;
}

/** The shown rows with what is known since, in the same order: rows neither come nor go. */
export function withNews(shown: readonly JobRow[], { read, changes }: RowNews): JobRow[] {
  const again = new Map(read.map((row) => [row.job_id, row]));
  return shown.map((row) => {
    const later = again.get(row.job_id);
    const newest = later && later.version >= row.version ? later : row;
    const heard = changes.get(row.job_id);
    return heard ? patched(newest, heard.change, heard.atMs) : newest;
  });
}

/** Jobs of `read` that are newer than the first shown one. Ids grow with time. */
export function countNewer(shown: readonly JobRow[], read: readonly JobRow[]): number {
  const first = shown[0];
  return first ? read.filter((row) => row.job_id > first.job_id).length : read.length;
}

/** The change is only a few words: what they make untrue is left out until the row has been read again. */
function patched(row: JobRow, change: JobChange, atMs: number): JobRow {
  if (change.version <= row.version) return row;
  const at = new Date(atMs).toISOString();
  const sameState = change.state === row.state;
  return {
    ...row,
    version: change.version,
    status: change.status,
    display_status: change.display_status,
    state: change.state,
    updated_at: at,
    finished_at: isTerminal(change.status) ? (row.finished_at ?? at) : null,
    waiting_for: change.status === row.status && sameState ? row.waiting_for : null,
    error: change.status === row.status ? row.error : null,
    progress: sameState ? row.progress : null,
  };
}
