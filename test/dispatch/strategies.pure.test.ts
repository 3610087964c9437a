import { expect, test } from "vitest";
import type { Profile } from "@/server/dispatch/profile";
import { STRATEGIES } from "@/server/dispatch/strategies";
import { WorkerPool } from "@/server/dispatch/worker-pool";
import { knownWorker } from "./known-worker";

interface Given {
  name: string;
  cost: number;
  reputation: number;
  /** Tasks that it runs, of four places. */
  running: number;
  /** Tasks that wait at it. */
  queue?: number;
}

/** Places tasks one after the other, each taken at once or left to wait, and says who got them. */
function chosenBy(strategy: string, workers: Given[], tasks: number): string[] {
  const pool = new WorkerPool({ reputationThreshold: 0.3 });
  for (const { name, cost, reputation, running, queue = 0 } of workers) {
    pool.put(knownWorker(name, { reputation, card: { costPerSkill: { box: cost } } }));
    Object.assign(pool.get(name) as object, { running, queue });
  }
  const profile = pool.profile("box", JSON.stringify({ strategy }));
  const chosen: string[] = [];
  for (let task = 0; task < tasks; task++) {
    const found = profile.choose({
      params: undefined,
      softLimit: 3,
      mostCandidates: 50,
      isFree: (worker) => worker.running + worker.queue < worker.known.slots,
      isOut: () => false,
    });
    chosen.push(found?.worker.known.session ?? "–");
    if (found && found.worker.running < found.worker.known.slots) found.worker.running += 1;
    else if (found) found.worker.queue += 1;
  }
  return chosen;
}

const THREE: Given[] = [
  { name: "cheap", cost: 1, reputation: 0.4, running: 3 },
  { name: "fair", cost: 2, reputation: 1, running: 1 },
  { name: "dear", cost: 9, reputation: 0.9, running: 0 },
];

/** The first seven tasks, by strategy. The cheap worker has one place left, the fair one three, the dear one four. */
const TABLE: Record<string, string[]> = {
  default: ["cheap", "fair", "fair", "fair", "dear", "dear", "dear"],
  cheapest: ["cheap", "fair", "fair", "fair", "dear", "dear", "dear"],
  best_value: ["fair", "fair", "fair", "cheap", "dear", "dear", "dear"],
  least_connections: ["dear", "fair", "dear", "fair", "dear", "cheap", "fair"],
  round_robin: ["cheap", "fair", "dear", "fair", "dear", "fair", "dear"],
  overflow: ["cheap", "cheap", "cheap", "cheap", "fair", "fair", "fair"],
};

test("strategy × three workers of different cost, load and reputation → chosen", () => {
  const rows = STRATEGIES.map((strategy) => ({ strategy, chosen: chosenBy(strategy, THREE, 7) }));
  const head = THREE.map(
    (one) => `${one.name}: costs ${one.cost}, reputation ${one.reputation}, runs ${one.running} of 4`,
  );
  const lines = rows.map(
    ({ strategy, chosen }) => `${strategy.padEnd(18)} ${chosen.map((name) => name.padEnd(6)).join(" ")}`,
  );
  process.stdout.write(`\n${head.join("\n")}\n\n${"strategy".padEnd(18)} tasks 1 to 7\n${lines.join("\n")}\n\n`);
  expect(Object.fromEntries(rows.map(({ strategy, chosen }) => [strategy, chosen]))).toEqual(TABLE);
});

const alike = ["a", "b", "c"].map((name) => ({ name, cost: 1, reputation: 1, running: 0 }));

test.each(STRATEGIES)("%s: workers that are alike take turns", (strategy) => {
  expect(chosenBy(strategy, alike, 6).sort()).toEqual(["a", "a", "b", "b", "c", "c"]);
});

test("of equally cheap workers the default takes the one with the better reputation, then the less loaded", () => {
  const two = [
    { name: "good", cost: 1, reputation: 0.9, running: 2 },
    { name: "poor", cost: 1, reputation: 0.5, running: 0 },
  ];
  expect(chosenBy("default", two, 1)).toEqual(["good"]);
  const equal = two.map((one) => ({ ...one, reputation: 0.9 }));
  expect(chosenBy("default", equal, 1)).toEqual(["poor"]);
});

test("only overflow lets tasks wait at busy workers: the shortest queue when all are long", () => {
  const busy = [
    { name: "cheap", cost: 1, reputation: 1, running: 4, queue: 3 },
    { name: "dear", cost: 2, reputation: 1, running: 4, queue: 4 },
  ];
  for (const strategy of STRATEGIES)
    expect(chosenBy(strategy, busy, 3)).toEqual(strategy === "overflow" ? ["cheap", "cheap", "dear"] : ["–", "–", "–"]);
});

test("who has the skill warm is preferred to who is cheaper", () => {
  const pool = new WorkerPool({ reputationThreshold: 0.3 });
  pool.put(knownWorker("cold", { card: { costPerSkill: { box: 1 } } }));
  pool.put(knownWorker("warm", { hot: ["box"], card: { costPerSkill: { box: 5 } } }));
  const choose = (profile: Profile, isFree = () => true) =>
    profile.choose({ params: undefined, softLimit: 3, mostCandidates: 50, isFree, isOut: () => false });
  const profile = pool.profile("box", "{}");
  expect(choose(profile)).toMatchObject({ isHot: true, worker: { known: { session: "warm" } } });
  pool.put(knownWorker("warm", { card: { costPerSkill: { box: 5 } } }));
  expect(choose(profile)).toMatchObject({ isHot: false, worker: { known: { session: "cold" } } });
  expect(choose(profile, () => false)).toBeNull();
});

test("a profile follows every change of the workers", () => {
  const pool = new WorkerPool({ reputationThreshold: 0.3 });
  const wish = JSON.stringify({ requirements: { resources: { ram_gb: 16 } } });
  const profile = pool.profile("box", wish);
  const ram = (ram_gb: number, more: object = {}) =>
    knownWorker("w", { card: { resources: { properties: { ram_gb }, devices: [] } }, ...more });
  const steps: [change: () => void, size: number][] = [
    [() => pool.put(ram(8)), 0],
    [() => pool.put(ram(16)), 1],
    [() => pool.put(ram(16, { draining: true })), 0],
    [() => pool.put(ram(16)), 1],
    [() => pool.put(ram(16, { reputation: 0.2 })), 0],
    [() => pool.put(ram(16)), 1],
    [() => pool.put(ram(16, { skills: ["other"] })), 0],
    [() => pool.put(ram(16)), 1],
    [() => pool.remove("w"), 0],
  ];
  for (const [change, size] of steps) {
    change();
    expect(profile.size).toBe(size);
  }
  expect(pool.profile("box", wish)).toBe(profile);
});
