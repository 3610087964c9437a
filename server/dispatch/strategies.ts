import type { DispatchStrategy } from "@/lib/blueprint/document";

/** One of the workers that a strategy chooses among. All of them may have the task. */
export interface Candidate {
  /** Of one task of the type; infinite without a price. */
  cost: number;
  /** 0…1 */
  reputation: number;
  /** Tasks that it runs, and those that wait at it. */
  load: number;
  /** Tasks that wait at it. */
  queue: number;
  /** It takes one at once. */
  isFree: boolean;
  /** Rises with every choice: the lower, the longer it has not been chosen for this type. 0: never. */
  lastTurn: number;
}

type Order = (a: Candidate, b: Candidate) => number;

const cheaper: Order = (a, b) => compare(a.cost, b.cost);
const better: Order = (a, b) => compare(b.reputation, a.reputation);
const lessLoaded: Order = (a, b) => compare(a.load, b.load);
const longerNotChosen: Order = (a, b) => compare(a.lastTurn, b.lastTurn);
const worth: Order = (a, b) => compare(priceOf(a), priceOf(b));
const shorterQueue: Order = (a, b) => compare(a.queue, b.queue);

/** By what candidates are compared, first word first: equals take turns. */
const ORDERS: Record<DispatchStrategy, readonly Order[]> = {
  default: [cheaper, better, lessLoaded, longerNotChosen],
  round_robin: [longerNotChosen],
  least_connections: [lessLoaded, longerNotChosen],
  cheapest: [cheaper, longerNotChosen],
  best_value: [worth, longerNotChosen],
  overflow: [cheaper, longerNotChosen],
};

export const STRATEGIES = Object.keys(ORDERS) as DispatchStrategy[];

/** Infinities are equal: their difference is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** What a unit of reputation costs. */
function priceOf({ cost, reputation }: Candidate): number {
  return reputation > 0 ? cost / reputation : Number.POSITIVE_INFINITY;
}

/**
 * The candidate that the strategy prefers; null when there is none. `overflow` alone may be given busy ones: it takes the
 * cheapest whose queue is shorter than `softLimit`, free or not, and the shortest queue when all are as long.
 */
export function choose<C extends Candidate>(
  strategy: DispatchStrategy,
  candidates: readonly C[],
  softLimit: number,
): C | null {
  if (strategy !== "overflow") return first(candidates, ORDERS[strategy]);
  const open = candidates.filter((one) => one.isFree || one.queue < softLimit);
  return open.length > 0 ? first(open, ORDERS.overflow) : first(candidates, [shorterQueue, ...ORDERS.overflow]);
}

function first<C extends Candidate>(candidates: readonly C[], orders: readonly Order[]): C | null {
  let best: C | null = null;
  for (const one of candidates) if (best === null || isBefore(one, best, orders)) best = one;
  return best;
}

function isBefore(a: Candidate, b: Candidate, orders: readonly Order[]): boolean {
  for (const order of orders) {
    const difference = order(a, b);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

export function isStrategy(word: string): word is DispatchStrategy {
  return Object.hasOwn(ORDERS, word);
}
