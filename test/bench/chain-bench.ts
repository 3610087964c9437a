import { openAdvanceLimit } from "@/test/bench/advance-limit";
import type { BenchSystem } from "@/test/bench/bench-system";
import { chain } from "@/test/bench/blueprints";
import { type Drain, drainBacklog, inParallel } from "@/test/bench/drain";
import { type Figure, median } from "@/test/bench/figure";

const TASKS = 3;
const LIMIT_MS = { full: 4_000, quick: 1_500 };

/** W1: chains of three tasks, backlog first; and the limit of this machine's Postgres, measured in the same rounds. */
export async function benchChain(
  system: BenchSystem,
  { quick, rounds, say }: { quick: boolean; rounds: number; say: (line: string) => void },
): Promise<Figure[]> {
  const jobs = quick ? 3_000 : 10_000;
  const limit = await openAdvanceLimit(system.databaseUrl);
  const round = (count: number) =>
    drainBacklog(system, count * TASKS, () => inParallel(count, (i) => system.start(chain.name, { i })));
  const drains: Drain[] = [];
  const limits: number[] = [];
  try {
    // Compilers and caches are warm where a system has run for a while.
    await round(jobs / 2);
    await limit.measure(LIMIT_MS.quick);
    for (let i = 0; i < rounds; i++) {
      limits.push(await limit.measure(quick ? LIMIT_MS.quick : LIMIT_MS.full));
      drains.push(await round(jobs));
      const rate = ((jobs * TASKS) / (drains.at(-1) as Drain).seconds).toFixed(0);
      say(`W1 round ${i + 1}: ${rate} steps/s, limit ${limits.at(-1)?.toFixed(0)} jobs/s`);
    }
  } finally {
    await limit.close();
  }
  const rates = drains.map(({ seconds }) => (jobs * TASKS) / seconds);
  return [
    { id: "P1", name: "W1 jobs", value: median(rates) / TASKS, unit: "jobs/s" },
    ...cpuFigures("P2", "W1 CPU per step", drains, { floor: { atMost: 190 }, goal: { atMost: 110 } }),
    { id: "P3", name: "W1 steps", value: median(rates), unit: "steps/s" },
    { id: "P3", name: "limit: advance 100 jobs a statement, 2 connections", value: median(limits), unit: "jobs/s" },
    {
      id: "P3",
      name: "W1 steps over the limit",
      value: median(rates.map((rate, i) => rate / (limits[i] as number))),
      unit: "×",
      floor: { atLeast: 0.2 },
      goal: { atLeast: 0.4 },
    },
  ];
}

/** CPU per step of all processes, and of each; one figure that says why when the system accounts for nothing. */
export function cpuFigures(
  id: string,
  name: string,
  drains: readonly Drain[],
  limits: Pick<Figure, "floor" | "goal">,
): Figure[] {
  const accounts = drains.flatMap(({ cpu }) => (cpu ? [cpu] : []));
  if (accounts.length < drains.length) {
    const why = "this system has no /proc, where CPU is accounted";
    return [{ id, name: `${name}, all processes`, value: null, unit: "µs", why, ...limits }];
  }
  const of = (process: string) => median(accounts.map((cpu) => cpu[process] ?? 0));
  const each = Object.keys(accounts[0] ?? {}).filter((process) => process !== "all");
  return [
    { id, name: `${name}, all processes`, value: of("all"), unit: "µs", ...limits },
    ...each.map((process) => ({ id, name: `${name}, ${process}`, value: of(process), unit: "µs" })),
  ];
}
