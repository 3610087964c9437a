/** Where the code of a task runs: a thread of its own, a process of its own, or the event loop of whoever calls. */
export const ISOLATIONS = ["thread", "process", "inline"] as const;

export type Isolation = (typeof ISOLATIONS)[number];
