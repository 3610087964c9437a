import { setTimeout as sleep } from "node:timers/promises";
import { EVENT_KIND } from "@/lib/job-event";
import { buildFaultBundles } from "./build";
import { chanceOf } from "./chance";
import { dealBlows, type Measure, planBlows } from "./disasters";
import { Driver } from "./drive";
import type { Fault, Verdict } from "./finding";
import { type Fleet, type Servers, startFleet } from "./fleet";
import { breakEveryPoint, type PointRun } from "./kill-points";
import { CONTROL_FAULTS, PLANTS } from "./plants";
import { counted, judge } from "./verdict";
import { type JobKind, KINDS, planJobs } from "./workload";

export interface PhaseReport {
  name: string;
  jobs: number;
  /** Milliseconds. */
  tookMs: number;
  verdict: Verdict;
  counts: Record<Fault, number>;
  /** For people: what happened beside. */
  notes: string[];
}

export interface MainOptions {
  seed: number;
  jobs: number;
  /** Jobs and blows come within this time. */
  overMs: number;
  settleMs: number;
  measure: Measure;
}

const ALL_KINDS = (Object.keys(KINDS) as JobKind[]).filter((kind) => KINDS[kind].share > 0);
/** What is not served yet is left out, and said. */
const KIND_OF_DOCUMENT: Record<string, JobKind> = { fault_timer: "timer", fault_parent: "child" };

/** Mixed jobs under every kind of blow. */
export async function mainPhase(
  fleet: Fleet,
  driver: Driver,
  options: MainOptions,
  say: (line: string) => void,
): Promise<PhaseReport> {
  const began = Date.now();
  const chance = chanceOf(options.seed);
  const missing = (await driver.prepare()).map((name) => KIND_OF_DOCUMENT[name]);
  const kinds = ALL_KINDS.filter((kind) => !missing.includes(kind));
  const plan = planJobs(chance.part("jobs"), { count: options.jobs, overMs: options.overMs, kinds, prefix: "main" });
  const blows = planBlows(fleet, chance.part("blows"), options.measure, options.overMs);
  const calls = driver.callSkills(Math.ceil(options.jobs / 25), options.overMs);
  const [jobs] = await Promise.all([driver.submit(plan), dealBlows(blows, say)]);
  const lastBlow = Date.now();
  await Promise.all([driver.settled(jobs, options.settleMs), calls]);
  const settledMs = Date.now() - lastBlow;
  // What is on its way after the last end: late results, goodbyes.
  await sleep(500);
  const verdict = await judge(fleet, driver);
  const lives = fleet.all().map((one) => `${one.name} ${one.lives}`);
  return {
    ...{ name: "main", jobs: jobs.length, tookMs: Date.now() - began, verdict, counts: counted(verdict) },
    notes: [
      `blows: ${tally(blows.map(({ name }) => name))}`,
      `lives: ${lives.join(", ")}`,
      `settled ${(settledMs / 1000).toFixed(1)} s after the last blow; ${driver.failedCalls} of ${driver.calls} calls failed`,
      ledgerNote(fleet),
      await endsNote(fleet),
      await handedNote(fleet, driver),
      ...(missing.length > 0 ? [`not served yet, so left out: ${missing.join(", ")}`] : []),
      ...strange(fleet, driver),
    ],
  };
}

/** Every kill point in every way. */
export async function pointsPhase(
  fleet: Fleet,
  driver: Driver,
  options: { seed: number; settleMs: number; wanted?: Parameters<typeof breakEveryPoint>[3] },
): Promise<PhaseReport & { runs: (PointRun & { clean: boolean })[] }> {
  const began = Date.now();
  const runs = await breakEveryPoint(fleet, driver, chanceOf(options.seed).part("points"), options.wanted);
  const jobs = runs.flatMap((run) => run.jobs);
  await driver.settled(jobs, options.settleMs);
  await sleep(500);
  const verdict = await judge(fleet, driver);
  const faulty = new Set(verdict.faults.map(({ job }) => job));
  const isGood = (id: string) => verdict.good.has(id) && !faulty.has(id);
  const judged = runs.map((run) => ({
    ...run,
    clean: run.hit && run.jobs.every((job) => job.ids.size === 1 && [...job.ids].every(isGood)),
  }));
  return {
    ...{ name: "kill points", jobs: jobs.length, tookMs: Date.now() - began, verdict, counts: counted(verdict) },
    notes: strange(fleet, driver),
    runs: judged,
  };
}

const PLANT_KINDS: JobKind[] = ["linear", "transient", "slow", "started", "fan_out", "handlers", "stuck", "crash"];

/** A run with a planted bug, or with none (`none`). Caught: it shows the kind of fault that the bug makes. */
export async function plantPhase(
  servers: Servers,
  name: string,
  options: { seed: number; jobs: number; overMs: number; settleMs: number },
): Promise<PhaseReport & { caught: boolean }> {
  const began = Date.now();
  const plant = PLANTS[name];
  const fleet = await startFleet(servers, await buildFaultBundles(name), {
    seed: options.seed,
    remotes: 1,
    restless: true,
  });
  const driver = new Driver(fleet);
  try {
    await driver.prepare();
    const chance = chanceOf(options.seed).part(name);
    const kinds = plant?.kinds ?? PLANT_KINDS;
    const plan = planJobs(chance, { count: options.jobs, overMs: options.overMs, kinds, prefix: name });
    const submitting = driver.submit(plan);
    const until = Date.now() + options.overMs;
    const faults = plant ? [plant.faultAt] : CONTROL_FAULTS;
    for (let index = 0; Date.now() < until; await sleep(1_300), index += 1) {
      const fault = faults[index % faults.length];
      if (fault) fleet.engines[index % 2]?.arm(fault);
    }
    const jobs = await submitting;
    for (const engine of fleet.engines) engine.arm("");
    await driver.settled(jobs, options.settleMs);
    const verdict = await judge(fleet, driver);
    const counts = counted(verdict);
    const caught = plant !== undefined && counts[plant.expects] > 0;
    return {
      name,
      jobs: jobs.length,
      tookMs: Date.now() - began,
      verdict,
      counts,
      notes: strange(fleet, driver),
      caught,
    };
  } finally {
    await Promise.all([driver.stop(), fleet.stop()]);
  }
}

function tally(names: string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(", ");
}

/** What workers wrote down: how much of it was done more than once shows that the blows hit. */
function ledgerNote(fleet: Fleet): string {
  const lines = fleet.ledger();
  const starts = new Map<string, number>();
  for (const { what, task } of lines) if (what === "start") starts.set(task, (starts.get(task) ?? 0) + 1);
  const again = [...starts.values()].filter((count) => count > 1).length;
  const places = ["thread", "process", "inline"].map(
    (place) => `${place} ${lines.filter((line) => line.where === place).length}`,
  );
  return `ledgers: ${starts.size} tasks begun, ${again} of them more than once (own workers: ${places.join(", ")}); ${lines.length} lines`;
}

/** Attempts that threads and processes did not bring to an end, by why. */
async function endsNote(fleet: Fleet): Promise<string> {
  const { rows } = await fleet.database.pool.query<{ why: string; n: number }>(
    `select concat_ws(' ', data->'details'->>'bridge', data->'details'->>'phase') as why, count(*)::int as n from events
     where kind = $1 and data->'details'->>'bridge' is not null group by 1 order by 2 desc`,
    [EVENT_KIND.task_failed],
  );
  return `attempts without an end of their own: ${rows.map(({ why, n }) => `${n} × ${why}`).join(", ") || "none"}`;
}

/** What of the dispatcher's ways was walked. */
async function handedNote(fleet: Fleet, driver: Driver): Promise<string> {
  const lines = fleet.ledger();
  const placed = lines.filter(({ what, type }) => what === "start" && type === "fault_gpu").length;
  const refused = lines.filter(({ what }) => what === "refused");
  const { rows } = await fleet.database.pool.query<{ n: number }>(
    "select count(*)::int as n from events where kind = $1",
    [EVENT_KIND.worker_event],
  );
  const answered = driver.skillCalls.filter(({ jobId }) => jobId !== null).length;
  return `${placed} placed tasks begun by remote workers, ${rows[0]?.n} events, ${answered} of ${driver.skillCalls.length} calls of skills answered, ${refused.length} refresh tokens refused`;
}

/** Deaths and refusals that no blow explains. */
function strange(fleet: Fleet, driver: Driver): string[] {
  return [
    ...fleet.all().flatMap((one) => one.unexpected.map((how) => `${one.name} ended by itself: ${how}`)),
    ...driver.refused.map((what) => `refused: ${what}`),
  ];
}
