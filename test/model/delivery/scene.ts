import type { Take } from "../explorer";
import type { FaultKind, Plant } from "./plant";
import type { Layout } from "./state";

/** Names of the steps; a label is `step | detail << 6`. */
export const STEPS = [
  "start",
  "client submits the job",
  "client cancels the job",
  "engine takes a signal",
  "engine takes a signal row",
  "engine takes over a signal of the other engine",
  "engine hears of a lost delivery",
  "engine finds a retry due",
  "engine commits",
  "engine loses the race and decides again",
  "engine sends",
  "engine acknowledges",
  "engine refills the window",
  "worker takes an entry",
  "worker claims a row",
  "worker reports a start",
  "worker reports success",
  "worker reports failure",
  "worker settles an entry",
  "worker renews its session",
  "a lease passes",
  "reaper reads an expired session",
  "reaper calls the session dead",
  "reaper reads a dead session",
  "reaper empties the session",
  "reconciler picks an announced task",
  "reconciler reads the window",
  "reconciler reads the signals",
  "reconciler sends again",
  "announced task returns to the backlog",
  "transport goes to Postgres",
  "transport goes back to Redis",
  "Redis comes back",
  "engine starts again",
  "worker starts again",
  "FAULT engine crashes",
  "FAULT worker crashes",
  "FAULT Redis is emptied",
  "FAULT Redis goes away",
  "FAULT what was sent is lost",
  "FAULT an entry is delivered twice",
  "FAULT a result is sent twice",
  "FAULT a worker stalls for a lease",
] as const;
export type Step = (typeof STEPS)[number];
const NUMBER = new Map<Step, number>(STEPS.map((step, index) => [step, index]));

export const stepOf = (label: number): Step => STEPS[label & 63] as Step;
export const whoOf = (label: number) => (label >> 6) & 1;
export const taskOfLabel = (label: number) => (label >> 7) & 1;

export function describe(label: number): string {
  return `${stepOf(label)} (process ${whoOf(label)}, task ${taskOfLabel(label)}, fence ${(label >> 8) & 3})`;
}

/** One state whose steps are being made: `fork` copies it, the copy is changed, `go` hands it over. */
export class Scene {
  s: Uint8Array;
  readonly n: Uint8Array;
  private take: Take;
  /** What the step under way did that must never be done. */
  fault: string | null = null;

  constructor(readonly at: Layout) {
    this.s = new Uint8Array(at.cells.size);
    this.n = new Uint8Array(at.cells.size);
    this.take = () => undefined;
  }

  look(state: Uint8Array, take: Take): void {
    this.s = state;
    this.take = take;
  }

  fork(): Uint8Array {
    this.n.set(this.s);
    this.fault = null;
    return this.n;
  }

  go(step: Step, who = 0, task = 0, fence = 0): void {
    const label = (NUMBER.get(step) as number) | (who << 6) | (task << 7) | (fence << 8);
    this.take(label, this.n, this.fault);
  }

  has(plant: Plant): boolean {
    return this.at.setting.plant === plant;
  }

  /** Spends a fault in a fork; null when this kind may not happen (any more). */
  forkFault(kind: FaultKind): Uint8Array | null {
    const { setting, faults } = this.at;
    if (!setting.kinds.has(kind)) return null;
    if (setting.faults === null) return this.fork();
    if (this.s[faults] === setting.faults) return null;
    const n = this.fork();
    n[faults] = (n[faults] as number) + 1;
    return n;
  }

  /** The cell `index` of the state looked at. */
  is(index: number): number {
    return this.s[index] as number;
  }
}
