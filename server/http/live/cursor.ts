/**
 * Where a live stream stands: `<system id>:<horizon>`, and for each job whose events it carries `:<last 12 digits of the
 * job's id>=<seq>`. It travels as the SSE id and comes back as `Last-Event-ID`.
 */
export interface LiveCursor {
  system: string;
  /** Everything below this transaction id has been passed on. Decimal text. */
  horizon: string;
  /** By the last 12 digits of the job's id. */
  jobs: Map<string, number>;
}

export function jobKey(jobId: string): string {
  return jobId.slice(-12);
}

export function cursorText(system: string, horizon: string, jobs: ReadonlyMap<string, number>): string {
  const parts = [...jobs].map(([id, seq]) => `${jobKey(id)}=${seq}`);
  return [`${system}:${horizon}`, ...parts].join(":");
}

/** Reads a cursor; null for anything that is none. */
export function parseCursor(text: string | null): LiveCursor | null {
  const [system, horizon, ...rest] = (text ?? "").slice(0, 1000).split(":");
  if (!system || !/^\d{1,20}$/.test(system) || !horizon || !/^\d{1,18}$/.test(horizon)) return null;
  const jobs = new Map<string, number>();
  for (const part of rest) {
    const match = /^([0-9a-f]{12})=(\d{1,9})$/.exec(part);
    if (!match) return null;
    jobs.set(match[1] as string, Number(match[2]));
  }
  return { system, horizon, jobs };
}
