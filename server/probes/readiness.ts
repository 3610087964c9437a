import { type AskedCheck, type CheckResult, type KnownCheck, resultOf } from "./check";
import { WatchedCheck } from "./watched-check";

export interface Readiness {
  start(): void;
  stop(): void;
  /** Names of all checks, in their order. */
  names(): string[];
  results(): Promise<CheckResult[]>;
  /** Whether each server that is asked answered last. */
  dependencies(): Record<string, boolean>;
}

/** What a worker must have to take new work: servers that are asked in the background, and what it knows of itself. */
export function createReadiness(asked: AskedCheck[], known: KnownCheck[]): Readiness {
  const watched = asked.map((check) => new WatchedCheck(check));
  return {
    start: () => watched.forEach((check) => void check.start()),
    stop: () => watched.forEach((check) => void check.stop()),
    names: () => [...watched, ...known].map(({ name }) => name),
    results: async () => [...(await Promise.all(watched.map((check) => check.now()))), ...known.map(resultOf)],
    dependencies: () => Object.fromEntries(watched.map((check) => [check.name, check.last.ok])),
  };
}
