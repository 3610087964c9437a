import type { JobStatus } from "@/lib/job-status";
import { JOB_STATUS } from "@/lib/job-status";

/** A job changed. `started`: whether a worker has begun its task; null where nobody has said it. */
export interface NotedChange {
  jobId: string;
  version: number;
  status: JobStatus;
  state: string;
  clientId: number;
  blueprint: string;
  started: boolean | null;
}

/** Reads the line that an engine published after a commit. A line of another version of the engine is nothing. */
export function linesOf(line: string): NotedChange[] {
  let entries: unknown;
  try {
    entries = JSON.parse(line);
  } catch {
    // Not ours; the log of commits has what it may have said.
    return [];
  }
  return Array.isArray(entries) ? entries.flatMap((entry) => changeOf(entry as Record<string, unknown>)) : [];
}

function changeOf(entry: Record<string, unknown>): NotedChange[] {
  const { job_id: jobId, version, status, state, client_id: clientId, blueprint_name: blueprint, started } = entry;
  if (
    typeof jobId !== "string" ||
    typeof version !== "number" ||
    typeof state !== "string" ||
    typeof clientId !== "number"
  )
    return [];
  if (typeof status !== "string" || !Object.hasOwn(JOB_STATUS, status) || typeof blueprint !== "string") return [];
  return [
    {
      jobId,
      version,
      status: status as JobStatus,
      state,
      clientId,
      blueprint,
      started: typeof started === "boolean" ? started : null,
    },
  ];
}
