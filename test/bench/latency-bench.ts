import { setTimeout as sleep } from "node:timers/promises";
import type { BenchSystem } from "@/test/bench/bench-system";
import { single } from "@/test/bench/blueprints";
import { EndWatch } from "@/test/bench/end-watch";
import { type Figure, quantile } from "@/test/bench/figure";

const PER_SECOND = 50;

/** W3: from the call that submits a job of one task until its end is visible; one at a time, and at 50 a second. */
export async function benchLatency(system: BenchSystem, { quick }: { quick: boolean }): Promise<Figure[]> {
  const count = quick ? 100 : 500;
  const watch = new EndWatch(system);
  for (let i = 0; i < count / 2; i++) await watch.submitAndSee(single.name, { i });
  const idle: number[] = [];
  for (let i = 0; i < count; i++) idle.push(await watch.submitAndSee(single.name, { i }));
  const steady = await atPace(count, (i) => watch.submitAndSee(single.name, { i }));
  const figure = (name: string, value: number): Figure => ({ id: "P5", name: `W3 ${name}`, value, unit: "ms" });
  return [
    figure("idle, p50", quantile(idle, 0.5)),
    figure("idle, p95", quantile(idle, 0.95)),
    figure("idle, p99", quantile(idle, 0.99)),
    figure("at 50 jobs/s, p50", quantile(steady, 0.5)),
    figure("at 50 jobs/s, p95", quantile(steady, 0.95)),
    figure("at 50 jobs/s, p99", quantile(steady, 0.99)),
    {
      id: "P5",
      name: "W3 p99 at 50 jobs/s over p99 idle",
      value: quantile(steady, 0.99) / quantile(idle, 0.99),
      unit: "×",
      floor: { atMost: 3 },
      goal: { atMost: 1.5 },
    },
  ];
}

/** Begins one call every 20 ms, whether those before have ended or not; returns what they gave. */
async function atPace(count: number, work: (index: number) => Promise<number>): Promise<number[]> {
  const calls: Promise<number>[] = [];
  const started = performance.now();
  for (let i = 0; i < count; i++) {
    await sleep(Math.max(0, started + (i * 1000) / PER_SECOND - performance.now()));
    calls.push(work(i));
  }
  return Promise.all(calls);
}
