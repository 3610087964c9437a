import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildFaultBundles } from "@/test/faults/build";
import { Driver } from "@/test/faults/drive";
import { type Servers, startFleet, startServers } from "@/test/faults/fleet";
import { mainPhase, pointsPhase } from "@/test/faults/phases";
import { NO_PLANT } from "@/test/faults/plants";
import { recordUse } from "@/test/support/record-use";

// `npm run test:faults` in small: some of its blows and places, none of its planted bugs.
const SEED = 5;
const MEASURE = {
  kills: 4,
  stops: 0,
  flushes: 1,
  redisLosses: 0,
  halfOpens: 0,
  cuts: 0,
  absences: 0,
  postgresRestarts: 1,
  backends: 1,
  rolling: 0,
};
const POINTS = new Set(["submit.after_commit", "turn.after_commit", "outbox.before_xadd", "worker.before_report"]);

let servers: Servers;
beforeAll(async () => {
  recordUse("postgres");
  recordUse("redis");
  servers = await startServers();
}, 120_000);
afterAll(() => servers?.stop(), 60_000);

test("mixed jobs under kills, an emptied Redis and a restarted Postgres: none is lost, stuck or done twice", async () => {
  const fleet = await startFleet(servers, await buildFaultBundles(NO_PLANT), { seed: SEED, remotes: 1 });
  const driver = new Driver(fleet);
  try {
    const size = { seed: SEED, jobs: 60, overMs: 6_000, settleMs: 60_000, measure: MEASURE };
    const main = await mainPhase(fleet, driver, size, () => undefined);
    expect(main.verdict.faults).toEqual([]);
    const wanted = (point: string, mode: string) => mode === "exit" && POINTS.has(point);
    const points = await pointsPhase(fleet, driver, { seed: SEED, settleMs: 60_000, wanted });
    expect(points.verdict.faults).toEqual([]);
    expect(points.runs.map(({ point, clean }) => `${point} ${clean}`)).toEqual(
      [...POINTS].map((point) => `${point} true`),
    );
    expect(fleet.ledger().length).toBeGreaterThan(100);
  } finally {
    await Promise.all([driver.stop(), fleet.stop()]);
  }
}, 240_000);

test("what ships has no place that can be broken", () => {
  const bundle = (name: string) => readFileSync(join(import.meta.dirname, "../../dist", name), "utf8");
  for (const name of ["server.js", "worker.js"]) {
    expect(bundle(`faults/none/${name}`)).toContain("FAULT_AT");
    expect(bundle(name)).not.toContain("FAULT_AT");
  }
  expect(bundle("faults/none/task-slot.js")).toContain("fault_stuck_thread");
  for (const name of ["worker.js", "task-slot.js"]) expect(bundle(name)).not.toContain("fault_stuck_thread");
});
