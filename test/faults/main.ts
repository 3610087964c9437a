import { parseArgs } from "node:util";
import { buildFaultBundles } from "./build";
import { Driver } from "./drive";
import { startFleet, startServers } from "./fleet";
import { mainPhase, type PhaseReport, plantPhase, pointsPhase } from "./phases";
import { NO_PLANT, PLANTS } from "./plants";

const USAGE = `Usage: npm run test:faults -- [--plant NAME] [--seed N] [--jobs N] [--only main|points|plants] [--point PREFIX]
Planted bugs: ${Object.keys(PLANTS).join(", ")}; ${NO_PLANT} is the same run without one.`;

const MEASURE = {
  kills: 18,
  stops: 4,
  flushes: 3,
  redisLosses: 1,
  halfOpens: 1,
  cuts: 1,
  absences: 1,
  postgresRestarts: 2,
  backends: 8,
  rolling: 1,
};

interface Outcome {
  jobs: number;
  lost: number;
  stuck: number;
  double: number;
  points: [clean: number, all: number];
  plants: [caught: number, all: number];
}

const say = (line: string) => console.log(line);

function showReport(report: PhaseReport): void {
  const { name, jobs, tookMs, counts, notes, verdict } = report;
  const seconds = `${(tookMs / 1000).toFixed(1)} s`;
  say(
    `${name.padEnd(24)} ${String(jobs).padStart(5)} jobs ${seconds.padStart(8)}   ${counts.lost} lost, ${counts.stuck} stuck, ${counts.double} double`,
  );
  for (const note of notes) say(`    ${note}`);
  for (const { kind, what } of verdict.faults.slice(0, 12)) say(`    ${kind}: ${what}`);
  if (verdict.faults.length > 12) say(`    … and ${verdict.faults.length - 12} more`);
}

async function main(): Promise<boolean> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { plant: text, seed: text, jobs: text, only: text, point: text, help: { type: "boolean" } },
  });
  if (values.help) {
    say(USAGE);
    return true;
  }
  const seed = Number(values.seed ?? process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
  const wanted = (phase: string) => values.plant === undefined && (values.only ?? phase) === phase;
  say(`SEED=${seed}`);
  const began = Date.now();
  const outcome: Outcome = { jobs: 0, lost: 0, stuck: 0, double: 0, points: [0, 0], plants: [0, 0] };
  const servers = await startServers();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void servers.stop().finally(() => process.exit(130)));
  try {
    if (wanted("main") || wanted("points"))
      await wholePhases(servers, outcome, {
        seed,
        jobs: Number(values.jobs ?? 1_000),
        wanted,
        points: values.point ?? "",
      });
    const plants = values.plant ? [values.plant] : wanted("plants") ? Object.keys(PLANTS) : [];
    for (const name of plants) {
      const report = await plantPhase(servers, name, { seed, jobs: 80, overMs: 6_000, settleMs: 12_000 });
      showReport({ ...report, verdict: { ...report.verdict, faults: report.verdict.faults.slice(0, 2) } });
      if (name !== NO_PLANT) {
        say(`    ${report.caught ? "caught" : "NOT CAUGHT"}: ${PLANTS[name]?.says}`);
        outcome.plants[0] += report.caught ? 1 : 0;
        outcome.plants[1] += 1;
      }
      if (values.plant) add(outcome, report);
    }
  } finally {
    await servers.stop();
  }
  const { jobs, lost, stuck, double, points } = outcome;
  say(`${((Date.now() - began) / 1000).toFixed(0)} s in all`);
  say(
    `faults: ${jobs} jobs, ${lost} lost, ${stuck} stuck, ${double} double, ${points[0]} of ${points[1]} kill points clean, ${outcome.plants[0]} of ${outcome.plants[1]} planted bugs caught`,
  );
  return lost + stuck + double === 0 && points[0] === points[1] && outcome.plants[0] === outcome.plants[1];
}

async function wholePhases(
  servers: Awaited<ReturnType<typeof startServers>>,
  outcome: Outcome,
  options: { seed: number; jobs: number; wanted: (phase: string) => boolean; points: string },
): Promise<void> {
  const { seed, jobs, wanted } = options;
  const fleet = await startFleet(servers, await buildFaultBundles(NO_PLANT), { seed, remotes: 3 });
  const driver = new Driver(fleet);
  try {
    const size = { jobs: wanted("main") ? jobs : 20, overMs: wanted("main") ? 45_000 : 2_000 };
    const measure = wanted("main")
      ? MEASURE
      : (Object.fromEntries(Object.keys(MEASURE).map((key) => [key, 0])) as typeof MEASURE);
    const report = await mainPhase(fleet, driver, { seed, ...size, settleMs: 90_000, measure }, say);
    showReport(report);
    add(outcome, report);
    if (!wanted("points")) return;
    const prefixes = options.points.split(",");
    const isAsked = (point: string) => prefixes.some((prefix) => point.startsWith(prefix));
    const points = await pointsPhase(fleet, driver, { seed, settleMs: 30_000, wanted: isAsked });
    // The faults of the main phase are told already.
    const before = new Set(report.verdict.faults.map(({ what }) => what));
    showReport({
      ...points,
      verdict: { ...points.verdict, faults: points.verdict.faults.filter(({ what }) => !before.has(what)) },
    });
    for (const { point, mode, hit, clean, tookMs } of points.runs) {
      say(
        `    ${point.padEnd(24)} ${mode.padEnd(6)} ${clean ? "clean" : hit ? "NOT CLEAN" : "NOT REACHED"}  after ${(tookMs / 1000).toFixed(1)} s`,
      );
    }
    outcome.points = [points.runs.filter(({ clean }) => clean).length, points.runs.length];
    Object.assign(outcome, { ...points.counts, jobs: outcome.jobs + points.jobs });
  } finally {
    await Promise.all([driver.stop(), fleet.stop()]);
  }
}

function add(outcome: Outcome, report: PhaseReport): void {
  outcome.jobs += report.jobs;
  for (const kind of ["lost", "stuck", "double"] as const) outcome[kind] += report.counts[kind];
}

main().then(
  (good) => process.exit(good ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
