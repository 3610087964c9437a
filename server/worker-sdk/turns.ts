import type { Link } from "./link";
import type { OrchestratorMode } from "./worker-options";

/** With several orchestrators a poll is held no longer than this, so that no other one waits for long. */
const SHARED_HOLD_MS = 5_000;

export interface Turn {
  link: Link;
  holdMs: number;
}

/**
 * Whom to ask next. `order` gives the orchestrators of one round: a round ends with the first task, or when all had
 * nothing.
 */
export interface Turns {
  order(): Turn[];
}

export function createTurns(links: readonly Link[], mode: OrchestratorMode, holdMs: number): Turns {
  const [only] = links;
  if (links.length === 1 && only) return { order: () => [{ link: only, holdMs }] };
  const hold = Math.min(holdMs, SHARED_HOLD_MS);
  if (mode === "round_robin") return smoothTurns(links, hold);
  const sorted = links.toSorted((a, b) => priorityOf(a) - priorityOf(b));
  let next = 0;
  return {
    order() {
      const ready = registeredFirst(sorted);
      if (mode === "waterfall") return ready.map((link, at) => ({ link, holdMs: at < ready.length - 1 ? 0 : hold }));
      // Each poller begins with another one, so that all of them are asked at the same time.
      const first = next++ % ready.length;
      return [...ready.slice(first), ...ready.slice(0, first)].map((link) => ({ link, holdMs: hold }));
    },
  };
}

/** Smooth weighted round robin: of weights 3 and 1, every fourth turn is the other's, and never two in a row. */
function smoothTurns(links: readonly Link[], holdMs: number): Turns {
  const shares = links.map((link) => ({ link, weight: link.orchestrator.options.weight ?? 1, current: 0 }));
  return {
    order() {
      const taking = shares.filter(({ link }) => link.isRegistered);
      const among = taking.length > 0 ? taking : shares;
      const total = among.reduce((sum, { weight }) => sum + weight, 0);
      for (const share of among) share.current += share.weight;
      const best = among.reduce((a, b) => (b.current > a.current ? b : a));
      best.current -= total;
      return [{ link: best.link, holdMs }];
    },
  };
}

/** One that is away is not waited for, unless all are. */
function registeredFirst(links: readonly Link[]): readonly Link[] {
  const ready = links.filter(({ isRegistered }) => isRegistered);
  return ready.length > 0 ? ready : links;
}

function priorityOf(link: Link): number {
  return link.orchestrator.options.priority ?? 10;
}
