import { answerOf, type Rate } from "./gcra";
import { createLocalLimitStore, type LimitStore } from "./limit-store";

/**
 * What is counted: requests of an API client; heartbeats, empty polls, and registrations, tokens and connections of a
 * worker; wrong credentials from an address.
 */
export type LimitClass = "client" | "heartbeat" | "poll" | "session" | "unauthorized";

/** Where a caller stands. */
export interface LimitState {
  name: LimitClass;
  allowed: boolean;
  limit: number;
  periodMs: number;
  remaining: number;
  resetMs: number;
  /** 0 when it is allowed. */
  retryAfterMs: number;
}

/** Requests per time, by caller. Never fails, and never waits for a Redis that is away. */
export interface RateLimits {
  /** Spends one. */
  take(name: LimitClass, caller: string): Promise<LimitState>;
  /** Says whether there is one to spend, as of a second ago at most; at once when it was heard so lately. */
  look(name: LimitClass, caller: string): LimitState | Promise<LimitState>;
  /** Of what this process heard last, without asking anybody: false when the caller's last one was refused just now. */
  open(name: LimitClass, caller: string): boolean;
  close(): void;
}

export interface LimitSettings {
  periodMs: number;
  client: number;
  heartbeat: number;
  emptyPoll: number;
}

/** Wrong credentials from one address in a minute, whatever else is set. */
const UNAUTHORIZED: Rate = { limit: 300, periodMs: 60_000 };
/** What a process takes at once and then hands out by itself: a part of what is left, so that little is taken near the end. */
const SHARE = 64;
const LARGEST_BLOCK = 32;
/** A look is as old as this at most. */
const LOOK_MS = 1_000;
const MOST_CALLERS = 20_000;

/** What this process knows of a caller: when it heard it, what was spent then, and what it may hand out itself. */
interface Known {
  heardAt: number;
  spentMs: number;
  block: number;
  asking: Promise<void> | null;
}

/**
 * `shared`: what all processes spend, null without Redis. `onBlocked` counts refusals. `now` is in milliseconds.
 */
export function createRateLimits(
  settings: LimitSettings,
  shared: LimitStore | null,
  onBlocked: (name: LimitClass) => void,
  now: () => number = () => performance.now(),
): RateLimits {
  const { periodMs } = settings;
  const rates: Record<LimitClass, Rate> = {
    client: { limit: settings.client, periodMs },
    heartbeat: { limit: settings.heartbeat, periodMs },
    poll: { limit: settings.emptyPoll, periodMs },
    session: { limit: settings.client, periodMs },
    unauthorized: UNAUTHORIZED,
  };
  const local = createLocalLimitStore(now);
  const callers = new Map<string, Known>();

  async function ask(key: string, rate: Rate, cost: number): Promise<{ granted: number; spentMs: number }> {
    return (await shared?.take(key, rate, cost)) ?? local.take(key, rate, cost);
  }

  function knownOf(key: string): Known {
    return callers.get(key) ?? keep(key, { heardAt: Number.NEGATIVE_INFINITY, spentMs: 0, block: 0, asking: null });
  }

  /** As the last one heard of; the one that was not heard of for longest makes room. */
  function keep(key: string, known: Known): Known {
    callers.delete(key);
    callers.set(key, known);
    const [oldest] = callers.size > MOST_CALLERS ? callers.keys() : [];
    if (oldest !== undefined) callers.delete(oldest);
    return known;
  }

  /** One question at a time per caller; whoever comes meanwhile waits for its answer. */
  async function refill(key: string, known: Known, rate: Rate, cost: number): Promise<void> {
    known.asking ??= ask(key, rate, cost)
      .then(({ granted, spentMs }) => {
        known.block += granted;
        known.spentMs = spentMs;
        known.heardAt = now();
        keep(key, known);
      })
      .finally(() => {
        known.asking = null;
      });
    await known.asking;
  }

  function stateOf(name: LimitClass, known: Known, allowed: boolean): LimitState {
    const rate = rates[name];
    const spentMs = Math.max(0, known.spentMs - (now() - known.heardAt));
    const { remaining, resetMs, retryAfterMs } = answerOf(spentMs, rate, 0);
    const left = Math.min(rate.limit, remaining + known.block);
    return {
      name,
      allowed,
      limit: rate.limit,
      periodMs: rate.periodMs,
      remaining: allowed ? left : 0,
      resetMs,
      retryAfterMs: allowed ? 0 : Math.max(1, retryAfterMs),
    };
  }

  function refusedUntil(known: Known, rate: Rate): number {
    return known.heardAt + answerOf(known.spentMs, rate, 0).retryAfterMs;
  }

  function looked(name: LimitClass, known: Known): LimitState {
    const allowed = !isOut(known, rates[name]);
    if (!allowed) onBlocked(name);
    return stateOf(name, known, allowed);
  }

  function isOut(known: Known | undefined, rate: Rate): known is Known {
    return known !== undefined && known.block === 0 && now() < refusedUntil(known, rate);
  }

  return {
    async take(name, caller) {
      const key = `${name}:${caller}`;
      const rate = rates[name];
      const known = knownOf(key);
      // Whoever was refused is so until there is room again: no need to ask.
      while (known.block === 0 && !isOut(known, rate)) await refill(key, known, rate, blockSize(known, rate, now()));
      if (known.block === 0) {
        onBlocked(name);
        return stateOf(name, known, false);
      }
      known.block--;
      return stateOf(name, known, true);
    },
    look(name, caller) {
      const key = `${name}:${caller}`;
      const rate = rates[name];
      const known = knownOf(key);
      const fresh = now() - known.heardAt < LOOK_MS;
      if (fresh || known.block > 0 || isOut(known, rate)) return looked(name, known);
      return refill(key, known, rate, 0).then(() => looked(name, known));
    },
    open(name, caller) {
      return !isOut(callers.get(`${name}:${caller}`), rates[name]);
    },
    close() {
      shared?.close();
    },
  };
}

/** A small part of what was left when this process heard last; without news, of everything. */
function blockSize(known: Known, rate: Rate, nowMs: number): number {
  const spentMs = Math.max(0, known.spentMs - (nowMs - known.heardAt));
  const { remaining } = answerOf(spentMs, rate, 0);
  return Math.max(1, Math.min(LARGEST_BLOCK, Math.floor(remaining / SHARE)));
}
