import type { PooledWorker } from "@/server/dispatch/pooled-worker";
import type { Profile } from "@/server/dispatch/profile";
import { WorkerPool } from "@/server/dispatch/worker-pool";
import { faultPoint } from "@/server/fault-point";
import type { Database } from "@/server/store/database";
import type { HeldLease } from "@/server/store/leases";
import {
  type Move,
  moveTasks,
  type PlacedTask,
  readLoads,
  readPlaced,
  readUnplaced,
  type UnplacedTask,
} from "@/server/store/placement";
import type { DispatchFigures, WaitReason } from "./dispatch-figures";
import { PlacedTasks, type Waiting } from "./placed-tasks";
import { PoolReader } from "./pool-reader";

export interface RoundOptions {
  database: Database;
  /** A worker session older than this is gone. */
  leaseMs: number;
  /** Workers below this reputation get nothing. */
  reputationThreshold: number;
  /** Tasks that may wait at a busy worker under `overflow`, or at one that did not say how many it runs. */
  softLimit: number;
  mostCandidates: number;
  stealing: boolean;
  /** Tells sessions that tasks wait for them. */
  tell: (sessions: string[]) => void;
  figures: DispatchFigures;
  now?: () => number;
}

export interface RoundReport {
  /** There is more to place at once. */
  more: boolean;
  /** Tasks wait, for the dispatcher or at sessions. */
  busy: boolean;
}

const PAGE = 500;
/** Pages beyond the first in a round, when most of that waits for somebody to be free. */
const MORE_PAGES = 2;
const LOADS_EVERY_MS = 250;
const IDLE_LOADS_EVERY_MS = 2_000;
/** Reading loads takes this share of the time at most. */
const LOADS_SHARE = 0.1;
const MOST_PLACED = 20_000;
/** Tasks at sessions looked at in a round. */
const MOST_LOOKED_AT = 500;
const STEAL_AFTER_MS = 1_000;
const TAKE_BACK_AFTER_MS = 10_000;
/** A session that did not take what it was given gets nothing for so long. */
const QUIET_MS = 30_000;

/** What the holder of the lease knows and does; made anew with each lease. */
export class DispatchRound {
  readonly pool: WorkerPool;
  private readonly reader: PoolReader;
  private readonly placed = new PlacedTasks();
  private readonly now: () => number;
  private loadsAt = Number.NEGATIVE_INFINITY;
  private loadsTookMs = 0;
  private cursor: UnplacedTask | null = null;
  /** Types that nobody has the skill for, as far as this round has met them. */
  private deserted = new Set<string>();

  constructor(private readonly options: RoundOptions) {
    this.pool = new WorkerPool(options);
    this.reader = new PoolReader(options.database, this.pool, options.leaseMs);
    this.now = options.now ?? Date.now;
  }

  /** Places what can be placed and puts right what waits at the wrong session, all of it under `lease`. */
  async run(lease: HeldLease): Promise<RoundReport> {
    await this.reader.follow(this.now());
    await this.readLoads();
    await this.tendPlaced(lease);
    const waiting: Record<WaitReason, number> = { no_skill: 0, no_match: 0, busy: 0 };
    const blocked = new Set<Profile>();
    this.deserted = new Set();
    const first = await this.page(null);
    let done = await this.place(first, { lease, blocked, waiting });
    const isStuck = first.length === PAGE && done < PAGE / 2;
    if (isStuck) done += await this.placeFurther(first, { lease, blocked, waiting });
    else this.cursor = null;
    const left = waiting.no_skill + waiting.no_match + waiting.busy;
    this.options.figures.waiting = waiting;
    return { more: done > 0 && first.length === PAGE, busy: left + this.placed.size > 0 };
  }

  /** Behind tasks that wait for somebody there may be others that do not: a stretch of them in each round. */
  private async placeFurther(first: UnplacedTask[], round: Round): Promise<number> {
    let done = 0;
    let after = this.cursor ?? (first.at(-1) as UnplacedTask);
    for (let page = 0; page < MORE_PAGES; page++) {
      const tasks = await this.page(after);
      done += await this.place(tasks, round);
      this.cursor = tasks.length === PAGE ? (tasks.at(-1) as UnplacedTask) : null;
      if (this.cursor === null) break;
      after = this.cursor;
    }
    return done;
  }

  private async page(after: UnplacedTask | null): Promise<UnplacedTask[]> {
    const leftOut = [...this.deserted];
    const withParams = this.pool.typesWithSchema();
    return readUnplaced(this.options.database, PAGE, { leftOut, withParams, after });
  }

  private async place(tasks: UnplacedTask[], { lease, blocked, waiting }: Round): Promise<number> {
    const choices: { task: UnplacedTask; worker: PooledWorker; isHot: boolean }[] = [];
    for (const task of tasks) {
      const profile = this.pool.profile(task.type, task.wish);
      const chosen = blocked.has(profile) ? null : this.choose(profile, task);
      if (chosen) {
        chosen.worker.queue += 1;
        choices.push({ task, ...chosen });
        continue;
      }
      // A worker may refuse the params of one task and take the next.
      if (task.params === undefined) blocked.add(profile);
      waiting[this.reasonOf(task.type, profile)] += 1;
    }
    const moves = choices.map(({ task, worker }) => moveOf(task, null, worker.known.session));
    if (moves.length > 0) faultPoint("dispatch.after_choose");
    const moved = await this.move(moves, lease);
    choices.forEach(({ task, worker, isHot }, index) => {
      if (!moved[index]) {
        worker.queue -= 1;
        return;
      }
      this.placed.put({ ...task, session: worker.known.session }, this.now());
      this.options.figures.placed += 1;
      if (isHot) this.options.figures.hot += 1;
    });
    return moved.filter(Boolean).length;
  }

  private choose(profile: Profile, task: { params: UnplacedTask["params"] }) {
    const { softLimit, mostCandidates } = this.options;
    return profile.choose({
      params: task.params,
      softLimit,
      mostCandidates,
      isFree: (worker) => this.isFree(worker),
      isOut: (worker) => this.isOut(worker),
    });
  }

  private reasonOf(type: string, profile: Profile): WaitReason {
    if (profile.size > 0) return "busy";
    if (this.pool.hasSkill(type)) return "no_match";
    this.deserted.add(type);
    return "no_skill";
  }

  private isOut(worker: PooledWorker): boolean {
    return !worker.isAlive || worker.quietUntil > this.now();
  }

  /** It takes one more at once, as far as anybody knows. */
  private isFree({ known, running, queue }: PooledWorker): boolean {
    if (known.beat === "full" || known.beat === "busy") return false;
    return running + queue < (known.slots > 0 ? known.slots : this.options.softLimit);
  }

  private async readLoads(): Promise<void> {
    const everyMs = Math.max(
      this.placed.size > 0 ? LOADS_EVERY_MS : IDLE_LOADS_EVERY_MS,
      this.loadsTookMs / LOADS_SHARE,
    );
    const now = this.now();
    const isDue =
      now - this.loadsAt >= everyMs || (this.options.figures.waiting.busy > 0 && now - this.loadsAt >= LOADS_EVERY_MS);
    if (!isDue) return;
    const began = performance.now();
    const { database } = this.options;
    const loads = await readLoads(database);
    const rows = await readPlaced(database, this.pool.typesWithSchema(), MOST_PLACED);
    this.placed.follow(rows, rows.length < MOST_PLACED, now);
    for (const worker of this.pool.all()) {
      worker.running = loads.get(worker.known.session) ?? 0;
      worker.queue = 0;
    }
    for (const { session } of rows) {
      const worker = this.pool.get(session);
      if (worker) worker.queue += 1;
    }
    this.loadsTookMs = performance.now() - began;
    this.loadsAt = now;
  }

  /** What waits at sessions that cannot take it goes back; what waits for long goes to somebody who is idle. */
  private async tendPlaced(lease: HeldLease): Promise<void> {
    const moves: { move: Move; waiting: Waiting; isSteal: boolean }[] = [];
    for (const waiting of this.placed.oldest(MOST_LOOKED_AT)) {
      const move = this.betterPlaceOf(waiting);
      if (move === undefined) continue;
      const { task } = waiting;
      if (move) move.queue += 1;
      moves.push({ move: moveOf(task, task.session, move?.known.session ?? null), waiting, isSteal: move !== null });
    }
    const moved = await this.move(
      moves.map(({ move }) => move),
      lease,
    );
    moves.forEach(({ move, waiting: { task }, isSteal }, index) => {
      if (!moved[index]) return;
      const from = this.pool.get(task.session);
      if (from) from.queue = Math.max(0, from.queue - 1);
      if (move.to === null) this.placed.remove(task);
      else this.placed.put({ ...task, session: move.to }, this.now());
      if (isSteal) this.options.figures.steals += 1;
      else this.options.figures.returned += 1;
    });
  }

  /** The idle worker that it goes to; null: back to those that wait; undefined: it stays. */
  private betterPlaceOf({ task, since, tried }: Waiting): PooledWorker | null | undefined {
    const profile = this.pool.profile(task.type, task.wish);
    const worker = this.pool.get(task.session);
    if (!worker?.isAlive || !profile.has(task.session)) return null;
    const ageMs = this.now() - since;
    if (ageMs < STEAL_AFTER_MS) return undefined;
    const { softLimit, mostCandidates, stealing } = this.options;
    const isIdle = (one: PooledWorker) => one.running + one.queue === 0 && this.isFree(one);
    const other = profile.choose({
      params: task.params,
      softLimit,
      mostCandidates,
      isFree: isIdle,
      isOut: (one) => tried.has(one.known.session) || this.isOut(one) || !isIdle(one),
    });
    if (other && stealing) return other.worker;
    if (ageMs < TAKE_BACK_AFTER_MS || !other) return undefined;
    worker.quietUntil = this.now() + QUIET_MS;
    return null;
  }

  private async move(moves: Move[], lease: HeldLease): Promise<boolean[]> {
    if (moves.length === 0) return [];
    const moved = await moveTasks(this.options.database, moves, lease);
    const done = moves.filter((_, index) => moved[index]);
    if (done.some(({ from }) => from === null)) faultPoint("dispatch.after_place");
    if (done.some(({ from, to }) => from !== null && to !== null)) faultPoint("dispatch.after_steal");
    if (done.some(({ to }) => to === null)) faultPoint("dispatch.after_unplace");
    const told = new Set(done.flatMap(({ to }) => to ?? []));
    if (told.size > 0) this.options.tell([...told]);
    return moved;
  }
}

interface Round {
  lease: HeldLease;
  blocked: Set<Profile>;
  waiting: Record<WaitReason, number>;
}

function moveOf({ jobId, no, fence }: UnplacedTask | PlacedTask, from: string | null, to: string | null): Move {
  return { jobId, no, fence, from, to };
}
