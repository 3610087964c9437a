import { type CheckResult, type KnownCheck, resultOf } from "./check";

/** The loop of a worker that takes tasks; `null` milliseconds while it has no reason to take any. */
export interface ConsumerPulse {
  silentMs(): number | null;
}

export interface Liveness {
  results(): CheckResult[];
  stop(): void;
}

const EVERY_MS = 500;
/** How long the event loop may have stood still within the last moments. */
const LONGEST_LAG_MS = 5_000;
const REMEMBERED_MS = 15_000;
/** A read waits a second, a lost one is given up after ten: who has not asked for so long will not ask again. */
const LONGEST_SILENCE_MS = 30_000;

export interface LivenessOptions {
  /** Null: nothing here asks for tasks. */
  pulse: ConsumerPulse | null;
  /** What else only a restart mends. */
  more?: KnownCheck[];
  silenceMs?: number;
  lagMs?: number;
}

/**
 * Whether the process makes progress: its event loop turns, and a worker with free places keeps asking for tasks. Servers
 * that are away are no part of it, as a restart would not bring them back.
 */
export function watchLiveness(options: LivenessOptions): Liveness {
  const { pulse, more = [], silenceMs = LONGEST_SILENCE_MS, lagMs = LONGEST_LAG_MS } = options;
  const lag = watchLag();
  const loop = {
    name: "loop",
    look: () => (lag.longest() > lagMs ? `the event loop stood still for ${Math.round(lag.longest())} ms` : null),
  };
  const consumer = {
    name: "consumer",
    look() {
      const silent = pulse?.silentMs() ?? 0;
      return silent > silenceMs ? `no task was asked for in ${Math.round(silent / 1_000)} s` : null;
    },
  };
  const checks = [loop, ...(pulse ? [consumer] : []), ...more];
  return { results: () => checks.map(resultOf), stop: lag.stop };
}

/** The longest that a timer was late, of those of the last moments. */
function watchLag() {
  let due = performance.now() + EVERY_MS;
  let late: { at: number; ms: number }[] = [];
  const timer = setInterval(() => {
    const now = performance.now();
    late = [...late.filter(({ at }) => now - at < REMEMBERED_MS), { at: now, ms: now - due }];
    due = now + EVERY_MS;
  }, EVERY_MS).unref();
  return {
    longest: () => Math.max(0, performance.now() - due, ...late.map(({ ms }) => ms)),
    stop: () => clearInterval(timer),
  };
}
