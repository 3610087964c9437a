import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerCard } from "@/server/dispatch/worker-card";
import { TASK_STATUS } from "@/server/engine/job";
import type { BenchSystem } from "@/test/bench/bench-system";
import { ASKING_TYPE, asking } from "@/test/bench/blueprints";
import { inParallel } from "@/test/bench/drain";
import { type Figure, median } from "@/test/bench/figure";
import { cpuPerOperation, cpuSeconds } from "@/test/bench/process-cpu";

const WORKERS = 10_000;
const REGIONS = 4;

/**
 * Tasks with requirements over 10,000 registered workers: the CPU time of choosing and placing one, in the web process
 * (which is the engine) and in Postgres. The tasks are there first, their queue paused, so that nothing else is measured.
 */
export async function benchDispatch(
  system: BenchSystem,
  { quick, rounds, say }: { quick: boolean; rounds: number; say: (line: string) => void },
): Promise<Figure[]> {
  const { pool } = system;
  const tasks = quick ? 1_000 : 4_000;
  await registerWorkers(system);
  await pauseQueue(system, true);
  const perTask: Record<string, number>[] = [];
  // The first round is warm-up: the dispatcher reads the workers and compares them with each wish.
  for (let round = 0; round <= rounds; round++) {
    await inParallel(tasks, (i) => system.start((asking[i % asking.length] as (typeof asking)[number]).name, { i }));
    const before = cpuSeconds(system.pids);
    await pauseQueue(system, false);
    await until(async () => (await count(system, TASK_STATUS.unplaced)) === 0);
    const used = cpuPerOperation(before, cpuSeconds(system.pids), tasks);
    await pauseQueue(system, true);
    if (used === null) return [{ id: "DISPATCH", name: "CPU a task", value: null, unit: "ms", why: "no /proc here" }];
    say(`dispatch round ${round}${round === 0 ? " (warm-up)" : ""}: ${JSON.stringify(used)} µs a task`);
    if (round > 0) perTask.push(used);
    // What was placed ran, as far as the workers' places go.
    await pool.query("delete from tasks where type = $1", [ASKING_TYPE]);
    await sleep(3_000);
  }
  const middle = (name: string) => median(perTask.map((one) => one[name] ?? 0)) / 1000;
  const over = `dispatch with requirements over ${WORKERS} workers, CPU a task`;
  return [
    { id: "DISPATCH", name: over, value: middle("all"), unit: "ms", floor: { atMost: 2 } },
    { id: "DISPATCH", name: `${over}: web`, value: middle("web"), unit: "ms" },
    { id: "DISPATCH", name: `${over}: postgres`, value: middle("postgres"), unit: "ms" },
  ];
}

/** Workers of four regions with machines, prices and reputations of many sizes; nobody polls for them. */
async function registerWorkers({ pool }: BenchSystem): Promise<void> {
  const cards = Array.from({ length: WORKERS }, (_, i): WorkerCard => {
    const gpu = { type: "gpu", model: i % 3 === 0 ? "RTX 4090" : "T4", properties: { vram_gb: i % 3 === 0 ? 24 : 16 } };
    return {
      skills: { [ASKING_TYPE]: { version: `${i % 2}`, type: "bench" } },
      resources: { properties: { cpu_cores: 2 ** (i % 6), ram_gb: 4 * (1 + (i % 16)) }, devices: [gpu] },
      software: { ffmpeg: "6.0", python: `3.${10 + (i % 4)}` },
      artifacts: [{ name: `model-${i % 10}`, version: "1" }],
      extra: { region: `region-${i % REGIONS}` },
      costPerSkill: { [ASKING_TYPE]: 1 + (i % 97) / 10 },
      slots: 4,
    };
  });
  await pool.query(
    `insert into worker_sessions (id, worker, kind, instance, epoch, skills, slots, status, draining, card, started_at, renewed_at)
     select gen_random_uuid(), 'bench-' || x.ord, 2, 'bench', 1, array[$2::text], 4, 0, false, x.card::json, now(), now() + interval '1 hour'
     from unnest($1::text[]) with ordinality as x(card, ord)`,
    [cards.map((card) => JSON.stringify(card)), ASKING_TYPE],
  );
}

async function pauseQueue({ pool }: BenchSystem, paused: boolean): Promise<void> {
  await pool.query(
    `insert into queues (type, paused_at) values ($1, case when $2 then now() end)
     on conflict (type) do update set paused_at = excluded.paused_at`,
    [ASKING_TYPE, paused],
  );
}

async function count({ pool }: BenchSystem, status: number): Promise<number> {
  const { rows } = await pool.query("select count(*)::int as n from tasks where type = $1 and status = $2", [
    ASKING_TYPE,
    status,
  ]);
  return rows[0].n;
}

async function until(ask: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; !(await ask()); await sleep(50))
    if (Date.now() > end) throw new Error("the tasks were not placed within two minutes");
}
