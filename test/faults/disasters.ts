import { setTimeout as sleep } from "node:timers/promises";
import type { Chance } from "./chance";
import { type Fleet, LEASE_MS } from "./fleet";

/** One blow, when it falls, and how often the run deals it. */
export interface Blow {
  atMs: number;
  name: string;
  deal(): Promise<void> | void;
}

/** How many of each. */
export interface Measure {
  kills: number;
  stops: number;
  flushes: number;
  redisLosses: number;
  halfOpens: number;
  cuts: number;
  absences: number;
  postgresRestarts: number;
  backends: number;
  rolling: number;
}

const HALF_OPEN_MS = 8_000;
const CUT_MS = 8_000;

/** Blows spread over `overMs`, the same for the same chance. */
export function planBlows(fleet: Fleet, chance: Chance, measure: Measure, overMs: number): Blow[] {
  const blows: Blow[] = [];
  /** `count` times at about even distances, beginning a little after the start. */
  const spread = (count: number, name: string, deal: (index: number) => Promise<void> | void) => {
    for (let index = 0; index < count; index += 1) {
      const atMs = Math.round(1_500 + ((index + chance.next()) / count) * (overMs - 1_500));
      blows.push({ atMs, name, deal: () => deal(index) });
    }
  };
  const drawn = (list: Fleet["engines"]) => chance.part(`${blows.length}`).shuffle([...list]);
  spread(measure.kills, "kill -9", (index) => {
    const group = index % 3 === 0 ? fleet.engines : index % 3 === 1 ? fleet.workers : fleet.all();
    const [victim] = drawn(group.filter((one) => one.running));
    victim?.kill(chance.between(200, 1_500));
  });
  spread(measure.stops, "SIGSTOP longer than the lease", (index) => {
    const [victim] = drawn((index % 2 === 0 ? fleet.workers : fleet.engines).filter((one) => one.running));
    return victim?.standStill(LEASE_MS + 2_500);
  });
  spread(measure.flushes, "FLUSHALL", () => fleet.flushRedis());
  spread(measure.redisLosses, "Redis killed, empty again", () => fleet.loseRedis());
  spread(measure.halfOpens, "half-open Redis", (index) => {
    const link = fleet.links[index % fleet.links.length];
    link?.silence();
    return sleep(HALF_OPEN_MS).then(() => link?.resume());
  });
  spread(measure.cuts, "Redis cut from half of the processes", (index) => {
    const link = fleet.links[(index + 1) % fleet.links.length];
    link?.refuse();
    return sleep(CUT_MS).then(() => link?.resume());
  });
  spread(measure.absences, "Redis away from all", async () => {
    for (const link of fleet.links) link.refuse();
    await sleep(CUT_MS);
    for (const link of fleet.links) link.resume();
  });
  spread(measure.postgresRestarts, "Postgres restarted", () => fleet.restartPostgres());
  spread(measure.backends, "backends terminated", () => fleet.killBackends(2));
  spread(measure.rolling, "SIGTERM, one after the other", async () => {
    for (const one of fleet.all()) {
      if (one.running) one.terminate();
      await sleep(1_200);
    }
  });
  return blows.sort((a, b) => a.atMs - b.atMs);
}

/** Deals the blows at their times; resolves when the last one is over. Tells which could not be dealt. */
export async function dealBlows(blows: Blow[], say: (line: string) => void): Promise<void> {
  const began = Date.now();
  const lasting: Promise<void>[] = [];
  for (const blow of blows) {
    await sleep(Math.max(0, began + blow.atMs - Date.now()));
    const dealt = Promise.resolve()
      .then(() => blow.deal())
      .catch((error: unknown) => say(`  ${blow.name}: could not be dealt: ${String(error)}`));
    lasting.push(dealt);
  }
  await Promise.all(lasting);
}
