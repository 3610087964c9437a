import type { LiveChange, LiveEvents, LiveJobs, LiveProgress } from "@/lib/api/live";

/** A job changed: enough to patch a visible row, or to know that a list is behind. */
export type JobChange = LiveChange;

/** One event of a job's history, as the history endpoint gives it. */
export type LiveEvent = LiveEvents["events"][number];

export type { LiveProgress };

/** What this browser wants to hear of: the changes of all jobs, the events of some. */
export interface LiveInterest {
  all: boolean;
  jobs: readonly string[];
}

/** `signed_out`: the server knows no session, nothing is tried any more. */
export type LinkState = "connecting" | "live" | "reconnecting" | "signed_out";

/** What the tab that holds the stream tells the others. */
export type LiveNews =
  | { kind: "jobs"; changes: JobChange[] }
  | { kind: "events"; jobId: string; events: LiveEvent[] }
  | { kind: "progress"; progress: LiveProgress }
  /** Something may have been missed: read again. Null: everything. */
  | { kind: "resync"; jobIds: string[] | null }
  | { kind: "state"; state: LinkState; heardAtMs: number; problem: string | null };

/**
 * The message of the stream as news, or null for one that only shows that the server is there (`tick`) or that this
 * version doesn't know. Throws a SyntaxError on broken JSON.
 */
export function newsOf(event: string, data: string): LiveNews | null {
  switch (event) {
    case "jobs":
      return { kind: "jobs", changes: (JSON.parse(data) as LiveJobs).changes };
    case "events": {
      const { job_id, events } = JSON.parse(data) as LiveEvents;
      return { kind: "events", jobId: job_id, events };
    }
    case "progress":
      return { kind: "progress", progress: JSON.parse(data) as LiveProgress };
    case "resync":
      return { kind: "resync", jobIds: null };
    default:
      return null;
  }
}
