/** Counts since this thread began to use the bridge. */
export interface BridgeCounts {
  submitted: number;
  settled: number;
  /** Dispatcher threads that were killed for one of their calls. */
  kills: number;
  crashes: number;
  lost: number;
  /** Threads replaced between calls, for their memory or what ended tasks left in them. */
  recycles: number;
  unobservedErrors: number;
}

export function noCounts(): BridgeCounts {
  return { submitted: 0, settled: 0, kills: 0, crashes: 0, lost: 0, recycles: 0, unobservedErrors: 0 };
}
