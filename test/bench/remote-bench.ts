import type { BenchSystem } from "@/test/bench/bench-system";
import { remote } from "@/test/bench/blueprints";
import { cpuFigures } from "@/test/bench/chain-bench";
import { type Drain, drain, inParallel } from "@/test/bench/drain";
import { type Figure, median } from "@/test/bench/figure";
import { RemoteWorker } from "@/test/bench/remote-client";

const WORKERS = 200;
/** Tasks a second of the reference's one process in memory, as a run of it showed; on Redis it does 60. */
const REFERENCE_RATE = 300;

/**
 * P8: tasks that remote workers do over HTTP, signed, one poll and one result each. The web process runs API and engine;
 * what counts is how many tasks one core of it is good for, that is, a second over its CPU time per task.
 */
export async function benchRemote(
  system: BenchSystem,
  { quick, rounds, say }: { quick: boolean; rounds: number; say: (line: string) => void },
): Promise<Figure[]> {
  const jobs = quick ? 3_000 : 10_000;
  const drains: Drain[] = [];
  await round(system, jobs / 2);
  for (let i = 0; i < rounds; i++) {
    drains.push(await round(system, jobs));
    const { seconds, cpu } = drains.at(-1) as Drain;
    say(`P8 round ${i + 1}: ${(jobs / seconds).toFixed(0)} tasks/s, web ${cpu?.web?.toFixed(0)} µs a task`);
  }
  const perCore = drains.every(({ cpu }) => cpu) ? median(drains.map(({ cpu }) => 1e6 / (cpu?.web ?? 0))) : null;
  const why = perCore === null ? { why: "this system has no /proc, where CPU is accounted" } : {};
  return [
    {
      id: "P8",
      name: `tasks/s of ${WORKERS} workers`,
      value: median(drains.map((one) => jobs / one.seconds)),
      unit: "/s",
    },
    { id: "P8", name: "tasks/s on one core of the web process", value: perCore, unit: "/s", ...why },
    {
      id: "P8",
      name: `the same over the reference's ${REFERENCE_RATE}/s`,
      value: perCore === null ? null : perCore / REFERENCE_RATE,
      unit: "×",
      floor: { atLeast: 10 },
      goal: { atLeast: 30 },
      ...why,
    },
    ...cpuFigures("P8", "CPU per remote task", drains, {}),
  ];
}

/** A backlog first, then workers that register and work until nothing is left. */
async function round(system: BenchSystem, jobs: number): Promise<Drain> {
  await inParallel(jobs, (i) => system.start(remote.name, { i }));
  const skill = "bench_remote";
  const workers = Array.from(
    { length: WORKERS },
    (_, i) => new RemoteWorker({ port: system.port, token: system.workerToken, worker: `bench-${i}`, skill }),
  );
  try {
    for (const worker of workers) await worker.register();
    const working = Promise.all(workers.map((worker) => worker.work())).then(() => {
      throw new Error("the workers stopped");
    });
    return await Promise.race([drain(system, jobs), working]);
  } finally {
    await Promise.allSettled(workers.map((worker) => worker.stop()));
  }
}
