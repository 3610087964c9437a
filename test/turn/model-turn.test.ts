import fc from "fast-check";
import { expect, it } from "vitest";
import { examine } from "@/server/doctor/examine";
import { createTestDatabase } from "@/test/support/database";
import { assertWhole } from "./engine-host";
import { anyStep, bringToEnd, run, type Step } from "./model/steps";
import { ModelWorld } from "./model/world";

/** `TURN_MODEL_RUNS=2000` for a long run; `TURN_MODEL_SEED` repeats one. */
const numRuns = Number(process.env.TURN_MODEL_RUNS ?? 25);
/** A usual run stops after this long, on a busy machine after fewer sequences. */
const timeLimit = process.env.TURN_MODEL_RUNS === undefined ? { interruptAfterTimeLimit: 30_000 } : {};
const seed = process.env.TURN_MODEL_SEED === undefined ? undefined : Number(process.env.TURN_MODEL_SEED);

const begin: Step = { what: "submit", pick: 0, engine: 0 };
const sequences = fc.array(anyStep, { minLength: 10, maxLength: 60 });

it("two engines on one database: whatever happens, every row is what a simple model says, and every job can end", async () => {
  await fc.assert(fc.asyncProperty(sequences, play), { numRuns, seed, ...timeLimit });
  expect(played).toBeGreaterThan(0);
  console.log(`model of the turn: ${played} sequences`);
}, 3_600_000);

let played = 0;

/** One run on a database of its own. */
async function play(steps: Step[]): Promise<void> {
  const database = await createTestDatabase();
  const world = await ModelWorld.open(database.url);
  try {
    for (const step of [begin, ...steps]) {
      await run(world, step);
      await world.compare();
    }
    await bringToEnd(world);
    await world.compare();
    const { findings } = await examine(world.database, { blueprints: null, limitMs: 60_000 });
    expect(findings.filter(({ count }) => count > 0)).toEqual([]);
    await assertWhole(database.url);
    played += 1;
  } finally {
    await world.close();
    await database.drop();
  }
}
