export type Fault = "lost" | "stuck" | "double";

/** What is wrong after a run, each with a word on it. */
export interface Verdict {
  faults: { kind: Fault; job: string | null; what: string }[];
  /** Ids of jobs that are as they should be. */
  good: Set<string>;
}

/** A job as its row tells. */
export interface JobRow {
  id: string;
  status: number;
  version: number;
  result: unknown;
  error: { code: string; message: string } | null;
  name: string;
  parent_id: string | null;
}
