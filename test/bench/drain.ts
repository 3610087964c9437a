import { setTimeout as sleep } from "node:timers/promises";
import type { BenchSystem } from "@/test/bench/bench-system";
import { cpuPerOperation, cpuSeconds } from "@/test/bench/process-cpu";

const AT_ONCE = 64;
const LOOK_EVERY_MS = 100;

/** Calls `work(0)`, `work(1)` … up to `count`, at most 64 at once. */
export async function inParallel(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, one));
}

export interface Drain {
  /** From the moment the worker may take tasks to the end of the last job. */
  seconds: number;
  /** Microseconds of CPU per step of each process and of all; null where nothing is accounted. */
  cpu: Record<string, number> | null;
}

/** Makes a backlog with `submit` while the worker stands still, lets it go, and measures until every job has ended. */
export async function drainBacklog(system: BenchSystem, steps: number, submit: () => Promise<void>): Promise<Drain> {
  system.holdWorker();
  try {
    await submit();
  } finally {
    system.releaseWorker();
  }
  return drain(system, steps);
}

/** Measures from now until every job has ended. Throws when one of them failed. */
export async function drain(system: BenchSystem, steps: number): Promise<Drain> {
  const from = monotonicMicroseconds();
  const before = cpuSeconds(system.pids);
  const { pool } = system;
  const started = (await pool.query("select clock_timestamp() as now")).rows[0].now as Date;
  const isOpen = { name: "bench_open", text: "select exists (select from jobs where status < 20 limit 1) as open" };
  while ((await pool.query(isOpen)).rows[0].open) await sleep(LOOK_EVERY_MS);
  const after = cpuSeconds(system.pids);
  system.noteSpan([from, monotonicMicroseconds()]);
  const { rows } = await pool.query(
    "select max(finished_at) as ended, count(*) filter (where status <> 20)::int as failed from jobs where finished_at >= $1",
    [started],
  );
  if (rows[0].failed > 0) throw new Error(`${rows[0].failed} jobs did not succeed\n${system.lastLines()}`);
  const seconds = ((rows[0].ended as Date).getTime() - started.getTime()) / 1000;
  return { seconds, cpu: cpuPerOperation(before, after, steps) };
}

/** The clock of CPU profiles. */
function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
