import { setTimeout as sleep } from "node:timers/promises";
import { FAULT_POINTS, type FaultPoint } from "@/server/fault-point";
import type { Chance } from "./chance";
import type { DrivenJob, Driver } from "./drive";
import { type Fleet, LEASE_MS } from "./fleet";
import type { FleetProcess } from "./fleet-process";
import { type JobKind, planJobs } from "./workload";

const MODES = ["exit", "throw", "stall"] as const;
const BATCH = 6;
/** A place that has its own blow is given another one when the first did not bring anybody there. */
const HIT_WITHIN_MS = 9_000;
const BLOWS = 3;

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

const anything: JobKind[] = ["linear", "fan_out", "handlers", "transient", "child"];

/** A worker that is away for longer than its lease, with work in its hands. */
async function loseWorker(fleet: Fleet): Promise<void> {
  await sleep(300);
  const remote = fleet.remotes.find((one) => one.running);
  (fleet.workers.find((one) => one.running) ?? remote)?.kill(LEASE_MS + 1_500);
}

/** Tasks that come while Redis is away go into the backlog. */
function hideRedis(forMs: number): (fleet: Fleet) => Promise<void> {
  return async (fleet) => {
    for (const link of fleet.links) link.refuse();
    await sleep(forMs);
    for (const link of fleet.links) link.resume();
  };
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
  "refill.after_claim": { at: "engine", kinds: ["linear", "fan_out"], blow: hideRedis(1_000) },
  "send.before_withdraw": { at: "engine", kinds: ["cancelled", "linear"] },
  "send.before_tell": { at: "engine", kinds: ["child"] },
  "transport.after_change": { at: "engine", kinds: ["linear", "fan_out"], blow: hideRedis(3_500) },
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
  wanted: (point: FaultPoint, mode: PointRun["mode"]) => boolean = () => true,
): Promise<PointRun[]> {
  const runs = FAULT_POINTS.flatMap((point) =>
    MODES.filter((mode) => wanted(point, mode)).map((mode): PointRun => ({ point, mode, hit: false, jobs: [] })),
  );
  const acknowledged: Promise<void>[] = [];
  const lane = async (at: Occasion["at"], processes: FleetProcess[]) => {
    for (const run of runs.filter(({ point }) => OCCASIONS[point].at === at))
      await breakOne(fleet, driver, chance, run, processes, acknowledged);
  };
  await Promise.all([lane("engine", fleet.engines), lane("worker", fleet.workers)]);
  await Promise.all(acknowledged);
  return runs;
}

async function breakOne(
  fleet: Fleet,
  driver: Driver,
  chance: Chance,
  run: PointRun,
  processes: FleetProcess[],
  acknowledged: Promise<void>[],
): Promise<void> {
  const { kinds, blow } = OCCASIONS[run.point];
  const label = `${run.point}:${run.mode}`;
  const seen = () => processes.reduce((sum, one) => sum + one.hits.filter((hit) => hit === label).length, 0);
  const before = seen();
  const armAll = (text: string) => processes.map((one) => one.arm(text));
  armAll(`${run.point}:1:${run.mode}`);
  const plan = planJobs(chance, { count: BATCH, overMs: 100, kinds, prefix: label });
  const submitted = driver.submit(plan);
  for (let tries = 0; tries < (blow ? BLOWS : 2) && seen() === before; tries += 1) {
    const blown = blow?.(fleet);
    for (const end = Date.now() + HIT_WITHIN_MS; Date.now() < end && seen() === before; await sleep(30)) {
      // A process that came up meanwhile is not armed yet.
      if ((end - Date.now()) % 1_000 < 40 && seen() === before) armAll(`${run.point}:1:${run.mode}`);
    }
    await blown;
  }
  run.hit = seen() > before;
  armAll("");
  // Whoever stands still answers later; the next place need not wait for that.
  const kept = submitted.then((jobs) => {
    run.jobs = jobs;
  });
  acknowledged.push(kept);
}
