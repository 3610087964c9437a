import { setTimeout as sleep } from "node:timers/promises";
import { FAULT_POINTS, type FaultPoint } from "@/server/fault-point";
import type { Chance } from "./chance";
import type { DrivenJob, Driver } from "./drive";
import { type Fleet, LEASE_MS } from "./fleet";
import type { FleetProcess } from "./fleet-process";
import { type JobKind, planJobs } from "./workload";

const MODES = ["exit", "throw", "stall"] as const;
const BATCH = 6;
const HIT_WITHIN_MS = 15_000;

/** One place broken in one way, with the jobs that were under way then. */
export interface PointRun {
  point: FaultPoint;
  mode: (typeof MODES)[number];
  hit: boolean;
  jobs: DrivenJob[];
}

/** What brings a process to a place: jobs, and for some a blow. */
interface Occasion {
  at: "engine" | "worker";
  kinds: JobKind[];
  blow?: (fleet: Fleet) => Promise<void>;
}

const anything: JobKind[] = ["linear", "fan_out", "handlers", "transient"];

/** A worker that is away for longer than its lease, with work in its hands. */
async function loseWorker(fleet: Fleet): Promise<void> {
  await sleep(300);
  fleet.workers.find((one) => one.running)?.kill(LEASE_MS + 1_500);
}

/** Tasks that come while Redis is away go into the backlog. */
async function hideRedis(fleet: Fleet): Promise<void> {
  for (const link of fleet.links) link.refuse();
  await sleep(1_200);
  for (const link of fleet.links) link.resume();
}

const OCCASIONS: Record<FaultPoint, Occasion> = {
  "submit.before_commit": { at: "engine", kinds: anything },
  "submit.after_commit": { at: "engine", kinds: anything },
  "turn.before_commit": { at: "engine", kinds: anything },
  "turn.after_commit": { at: "engine", kinds: anything },
  "turn.before_settle": { at: "engine", kinds: anything },
  "turn.before_answer": { at: "engine", kinds: ["linear", "approval"] },
  "outbox.before_xadd": { at: "engine", kinds: anything },
  "outbox.after_xadd": { at: "engine", kinds: anything },
  "handler.before_start": { at: "engine", kinds: ["handlers"] },
  "handler.before_report": { at: "engine", kinds: ["handlers"] },
  "due.after_read": { at: "engine", kinds: ["transient", "deadline"] },
  "reaper.after_expire": { at: "engine", kinds: ["slow", "linear"], blow: loseWorker },
  "refill.after_claim": { at: "engine", kinds: ["linear", "fan_out"], blow: hideRedis },
  "hand_out.after_mark": { at: "engine", kinds: ["fan_out_remote", "linear"] },
  "worker.before_start": { at: "worker", kinds: ["linear", "fan_out"] },
  "worker.before_report": { at: "worker", kinds: ["linear", "fan_out"] },
  "worker.after_report": { at: "worker", kinds: ["linear", "fan_out"] },
  "session.before_renew": { at: "worker", kinds: ["linear", "slow"] },
};

/** Breaks every place in every way, engines and workers side by side, under a little load for each. */
export async function breakEveryPoint(
  fleet: Fleet,
  driver: Driver,
  chance: Chance,
  modes: readonly PointRun["mode"][] = MODES,
): Promise<PointRun[]> {
  const runs = FAULT_POINTS.flatMap((point) => modes.map((mode): PointRun => ({ point, mode, hit: false, jobs: [] })));
  const lane = async (at: Occasion["at"], processes: FleetProcess[]) => {
    for (const run of runs.filter(({ point }) => OCCASIONS[point].at === at))
      await breakOne(fleet, driver, chance, run, processes);
  };
  await Promise.all([lane("engine", fleet.engines), lane("worker", fleet.workers)]);
  return runs;
}

async function breakOne(
  fleet: Fleet,
  driver: Driver,
  chance: Chance,
  run: PointRun,
  processes: FleetProcess[],
): Promise<void> {
  const { kinds, blow } = OCCASIONS[run.point];
  const label = `${run.point}:${run.mode}`;
  const seen = () => processes.reduce((sum, one) => sum + one.hits.filter((hit) => hit === label).length, 0);
  const before = seen();
  const armAll = (text: string) => processes.map((one) => one.arm(text));
  armAll(`${run.point}:1:${run.mode}`);
  const plan = planJobs(chance, { count: BATCH, overMs: 100, kinds, prefix: label });
  const submitted = driver.submit(plan);
  const blown = blow?.(fleet);
  for (const end = Date.now() + HIT_WITHIN_MS; Date.now() < end && seen() === before; await sleep(30)) {
    // A process that came up meanwhile is not armed yet.
    if ((end - Date.now()) % 1_000 < 40 && seen() === before) armAll(`${run.point}:1:${run.mode}`);
  }
  run.hit = seen() > before;
  armAll("");
  await blown;
  run.jobs = await submitted;
}
