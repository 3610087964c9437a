import { setTimeout as sleep } from "node:timers/promises";
import type { BenchSystem } from "@/test/bench/bench-system";
import { single } from "@/test/bench/blueprints";
import { cpuFigures } from "@/test/bench/chain-bench";
import { type Drain, drainBacklog } from "@/test/bench/drain";
import { type Figure, median } from "@/test/bench/figure";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";

const SIZES = { full: [10_000, 100_000, 500_000], quick: [5_000, 20_000] };
const AT_ONCE = 1_000;
const MEMORY_EVERY_MS = 250;
interface Emptied extends Drain {
  jobs: number;
  /** Redis' memory above what it was without a backlog, at its highest. */
  redisBytes: number;
}

/** W5: how fast backlogs of one-task jobs are worked off, and what they cost Redis. */
export async function benchBacklog(
  system: BenchSystem,
  { quick, say }: { quick: boolean; say: (line: string) => void },
): Promise<Figure[]> {
  const sizes = quick ? SIZES.quick : SIZES.full;
  const first = sizes[0] as number;
  // The jobs come from another process, as from a second web process: engines hold no copies of a large backlog.
  const host = await hostEngine({
    databaseUrl: system.databaseUrl,
    redisUrl: system.redisUrl,
    prefix: "batuta:",
    consume: false,
  });
  const emptied: Emptied[] = [];
  try {
    await empty(system, host, first);
    // The first size before and after each of the others: a machine's mood must not look like the backlog's cost.
    for (const jobs of [first, ...sizes.slice(1).flatMap((size) => [size, first])]) {
      const one = await empty(system, host, jobs);
      emptied.push(one);
      say(`W5 ${jobs} queued: ${(jobs / one.seconds).toFixed(0)} jobs/s, Redis +${megabytes(one.redisBytes)} MB`);
    }
  } finally {
    await host.stop();
  }
  return sizes.flatMap((jobs) => figuresOf(jobs, emptied)).concat(ratioOf(sizes, emptied));
}

function figuresOf(jobs: number, emptied: readonly Emptied[]): Figure[] {
  const own = emptied.filter((one) => one.jobs === jobs);
  const name = `W5 ${jobs} queued`;
  return [
    { id: "P7", name: `${name}, drain`, value: rateOf(jobs, emptied), unit: "jobs/s" },
    cpuFigures("P7", `${name}, CPU per job`, own, {})[0] as Figure,
    { id: "P7", name: `${name}, Redis memory`, value: megabytes(median(own.map((one) => one.redisBytes))), unit: "MB" },
  ];
}

/** The largest backlog over the smallest, as measured right before and right after it. */
function ratioOf(sizes: readonly number[], emptied: readonly Emptied[]): Figure {
  const [first, last] = [sizes[0] as number, sizes.at(-1) as number];
  const around = emptied.slice(-3);
  return {
    id: "P7",
    name: `W5 drain rate at ${last} over ${first}`,
    value: rateOf(last, around) / rateOf(first, around),
    unit: "×",
    floor: { atLeast: 0.8 },
    goal: { atLeast: 0.95 },
  };
}

function rateOf(jobs: number, emptied: readonly Emptied[]): number {
  return median(emptied.filter((one) => one.jobs === jobs).map((one) => jobs / one.seconds));
}

async function empty(system: BenchSystem, host: EngineHost, jobs: number): Promise<Emptied> {
  const blueprintId = await system.blueprintId(single.name);
  const before = await redisBytes(system);
  let [most, watching] = [before, true];
  const watch = (async () => {
    while (watching) {
      most = Math.max(most, await redisBytes(system));
      await sleep(MEMORY_EVERY_MS);
    }
  })();
  try {
    const drained = await drainBacklog(system, jobs, () => submit(host, blueprintId, jobs));
    return { ...drained, jobs, redisBytes: most - before };
  } finally {
    watching = false;
    await watch;
  }
}

async function submit(host: EngineHost, blueprintId: number, jobs: number): Promise<void> {
  const starter = { kind: "client", id: "1" } as const;
  for (let from = 0; from < jobs; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, jobs - from);
    await host.engine.startJobs(
      Array.from({ length: count }, (_, i) => ({ blueprintId, clientId: 1, starter, input: { i: from + i } })),
    );
  }
}

async function redisBytes(system: BenchSystem): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await system.redis.info("memory"))?.[1]);
}

function megabytes(bytes: number): number {
  return Number((bytes / 1e6).toFixed(1));
}
