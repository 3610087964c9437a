import type { BenchSystem } from "@/test/bench/bench-system";
import { fanOut } from "@/test/bench/blueprints";
import { cpuFigures } from "@/test/bench/chain-bench";
import { type Drain, drainBacklog, inParallel } from "@/test/bench/drain";
import { EndWatch } from "@/test/bench/end-watch";
import { type Figure, median, quantile } from "@/test/bench/figure";

const BRANCHES = 100;
const items = Array.from({ length: BRANCHES }, (_, i) => i);

/** W2: jobs of 100 parallel tasks and an aggregate, many at once and one alone. */
export async function benchFanOut(
  system: BenchSystem,
  { quick, rounds, say }: { quick: boolean; rounds: number; say: (line: string) => void },
): Promise<Figure[]> {
  const jobs = quick ? 40 : 200;
  const round = (count: number) =>
    drainBacklog(system, count * BRANCHES, () => inParallel(count, () => system.start(fanOut.name, { items })));
  await round(jobs / 2);
  const drains: Drain[] = [];
  for (let i = 0; i < rounds; i++) {
    drains.push(await round(jobs));
    say(`W2 round ${i + 1}: ${((jobs * BRANCHES) / (drains.at(-1) as Drain).seconds).toFixed(0)} tasks/s`);
  }
  const watch = new EndWatch(system);
  const alone: number[] = [];
  for (let i = 0; i < (quick ? 20 : 100); i++) alone.push(await watch.submitAndSee(fanOut.name, { items }));
  return [
    {
      id: "P4",
      name: "W2 tasks",
      value: median(drains.map((one) => (jobs * BRANCHES) / one.seconds)),
      unit: "tasks/s",
    },
    ...cpuFigures("P4", "W2 CPU per task", drains, {}),
    { id: "P4", name: "W2 one fan-out of 100 alone, p50", value: quantile(alone, 0.5), unit: "ms" },
    { id: "P4", name: "W2 one fan-out of 100 alone, p95", value: quantile(alone, 0.95), unit: "ms" },
  ];
}
