import { setTimeout as sleep } from "node:timers/promises";
import { FAULT_POINTS, type FaultPoint } from "@/server/fault-point";
import type { Chance } from "./chance";
import type { DrivenJob, Driver } from "./drive";
import { type Fleet, LEASE_MS } from "./fleet";
import type { FleetProcess } from "./fleet-process";
import { type JobKind, planJobs } from "./workload";

const MODES = ["exit", "throw", "stall"] as const;
const BATCH = 6;
/** When nobody came to a place within this time there are more jobs, and another blow where it takes one. */
const HIT_WITHIN_MS = 8_000;
const TRIES = 3;

/** One place broken in one way, with the jobs that were under way then. */
export interface PointRun {
  point: FaultPoint;
  mode: (typeof MODES)[number];
  hit: boolean;
  tookMs: number;
  jobs: DrivenJob[];
}

/** What brings a process to a place: jobs, and for some a blow. */
interface Occasion {
  at: "engine" | "worker";
  /** Which process comes there is not known beforehand: a singleton's holder, or whoever a remote worker asks. */
  anyone?: true;
  kinds: JobKind[];
  blow?: (fleet: Fleet) => Promise<void>;
  /** How long one try waits for somebody to come there, in milliseconds. */
  withinMs?: number;
  /** Jobs of one try. */
  batch?: number;
}

const anything: JobKind[] = ["linear", "fan_out", "handlers", "transient", "child"];

/** A worker that is away for longer than its lease, with work in its hands. */
async function loseWorker(fleet: Fleet): Promise<void> {
  await sleep(300);
  const remote = fleet.remotes.find((one) => one.running);
  (fleet.workers.find((one) => one.running) ?? remote)?.kill(LEASE_MS + 1_500);
}

/** SIGTERM for the own workers while they work. */
async function stopWorkers(fleet: Fleet): Promise<void> {
  await sleep(1_200);
  for (const worker of fleet.workers) if (worker.running) worker.terminate();
}

/** Tasks that come while Redis is away go into the backlog. */
function hideRedis(forMs: number): (fleet: Fleet) => Promise<void> {
  return async (fleet) => {
    for (const link of fleet.links) link.refuse();
    await sleep(forMs);
    for (const link of fleet.links) link.resume();
  };
}

/** Tasks are placed at workers that do not take them: some of the remote ones, or all. */
function stopRemote(count: number): (fleet: Fleet) => Promise<void> {
  return async (fleet) => {
    await Promise.all(fleet.remotes.slice(0, count).map((one) => one.standStill(LEASE_MS + 2_500)));
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
  "due.after_read": { at: "engine", anyone: true, kinds: ["transient", "deadline"] },
  "reaper.after_expire": { at: "engine", anyone: true, kinds: ["slow", "linear"], blow: loseWorker },
  "refill.after_claim": { at: "engine", anyone: true, kinds: ["linear", "fan_out"], blow: hideRedis(1_000) },
  "send.before_withdraw": { at: "engine", anyone: true, kinds: ["cancelled"] },
  "send.before_tell": { at: "engine", anyone: true, kinds: ["child"] },
  "transport.after_change": {
    at: "engine",
    anyone: true,
    kinds: ["linear", "fan_out"],
    blow: hideRedis(4_000),
    // Where the row still says postgres from the time before, it changes only when Redis has been back for three seconds.
    withinMs: 15_000,
  },
  "hand_out.after_mark": { at: "engine", anyone: true, kinds: ["fan_out_remote", "linear"] },
  "worker.before_start": { at: "worker", kinds: ["linear", "fan_out"] },
  "worker.before_report": { at: "worker", kinds: ["linear", "fan_out"] },
  "worker.after_report": { at: "worker", kinds: ["linear", "fan_out"] },
  // Told to stop with tasks that take longer than that may take.
  "worker.before_give_up": { at: "worker", kinds: ["slow", "stuck_long"], blow: stopWorkers, withinMs: 12_000 },
  "session.before_renew": { at: "worker", kinds: ["linear", "slow"] },
  "dispatch.after_choose": { at: "engine", anyone: true, kinds: ["placed", "placed_cancelled"] },
  "dispatch.after_place": { at: "engine", anyone: true, kinds: ["placed", "placed_cancelled"] },
  // More than the polls that are open take at once: what is left waits at the one that stands still.
  "dispatch.after_steal": {
    at: "engine",
    anyone: true,
    kinds: ["placed"],
    blow: stopRemote(1),
    withinMs: 12_000,
    batch: 24,
  },
  "dispatch.after_unplace": { at: "engine", anyone: true, kinds: ["placed"], blow: stopRemote(9), withinMs: 12_000 },
  "placed.after_claim": { at: "engine", anyone: true, kinds: ["placed", "placed_cancelled"] },
  "quota.after_charge": { at: "engine", anyone: true, kinds: ["placed"] },
  "sts.after_exchange": { at: "engine", anyone: true, kinds: ["placed", "fan_out_remote"] },
};

/** Breaks every place in every way, engines and workers side by side, under a little load for each. */
export async function breakEveryPoint(
  fleet: Fleet,
  driver: Driver,
  chance: Chance,
  wanted: (point: FaultPoint, mode: PointRun["mode"]) => boolean = () => true,
): Promise<PointRun[]> {
  const runs = FAULT_POINTS.flatMap((point) =>
    MODES.filter((mode) => wanted(point, mode)).map(
      (mode): PointRun => ({ point, mode, hit: false, tookMs: 0, jobs: [] }),
    ),
  );
  const acknowledged: Promise<void>[] = [];
  const lane = async (at: Occasion["at"], processes: FleetProcess[]) => {
    for (const [index, run] of runs.filter(({ point }) => OCCASIONS[point].at === at).entries()) {
      // In turn: who was broken last has time to come back.
      const turn = OCCASIONS[run.point].anyone ? processes : [processes[index % processes.length] as FleetProcess];
      acknowledged.push(...(await breakOne(fleet, driver, chance, run, turn, processes)));
    }
  };
  await Promise.all([lane("engine", fleet.engines), lane("worker", fleet.workers)]);
  await Promise.all(acknowledged);
  return runs;
}

/** Arms the place, brings somebody there, disarms it. The submissions may still be under way then: they are given back. */
async function breakOne(
  fleet: Fleet,
  driver: Driver,
  chance: Chance,
  run: PointRun,
  first: FleetProcess[],
  all: FleetProcess[],
): Promise<Promise<void>[]> {
  const { kinds, blow, withinMs = HIT_WITHIN_MS, batch = BATCH } = OCCASIONS[run.point];
  const began = Date.now();
  const label = `${run.point}:${run.mode}`;
  const seen = () => all.reduce((sum, one) => sum + one.hits.filter((hit) => hit === label).length, 0);
  const before = seen();
  const submitted: Promise<void>[] = [];
  for (let tries = 0; tries < TRIES && seen() === before; tries += 1) {
    for (const one of tries === 0 ? first : all) one.arm(`${run.point}:1:${run.mode}`);
    const blown = blow?.(fleet);
    const plan = planJobs(chance, { count: batch, overMs: 300, kinds, prefix: `${label}-${tries}` });
    submitted.push(driver.submit(plan).then((jobs) => void run.jobs.push(...jobs)));
    for (const end = Date.now() + withinMs; Date.now() < end && seen() === before; ) await sleep(30);
    await blown;
  }
  run.hit = seen() > before;
  for (const one of all) one.arm("");
  run.tookMs = Date.now() - began;
  return submitted;
}
