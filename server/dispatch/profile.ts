import type { DispatchStrategy } from "@/lib/blueprint/document";
import type { JsonValue } from "@/lib/json";
import { costOf, type MatchOptions, unmetBy, unmetParams } from "./match";
import type { PooledWorker } from "./pooled-worker";
import { SortedWorkers } from "./sorted-workers";
import { type Candidate, choose, isStrategy } from "./strategies";
import type { PlacementWish } from "./worker-card";

/** What the choice of a worker goes by, beside the profile. */
export interface ChoiceOptions {
  params: JsonValue | undefined;
  softLimit: number;
  /** Workers that the strategy compares. */
  mostCandidates: number;
  isFree: (worker: PooledWorker) => boolean;
  /** Workers that do not count now. */
  isOut: (worker: PooledWorker) => boolean;
}

export interface Chosen {
  worker: PooledWorker;
  /** It has the skill warm. */
  isHot: boolean;
}

interface PooledCandidate extends Candidate {
  worker: PooledWorker;
  index: number;
}

/**
 * All tasks of one type with one wish, and the workers that satisfy it: kept up with every change of a worker, so that a
 * task costs nothing per worker that is registered.
 */
export class Profile {
  readonly strategy: DispatchStrategy;
  private readonly hot = new SortedWorkers();
  private readonly cold = new SortedWorkers();
  private readonly members = new Map<string, { cost: number; list: SortedWorkers }>();
  private readonly turns = new Map<string, number>();
  private turn = 0;
  /** Where the next look begins, for strategies that compare no costs. */
  private cursor = 0;

  constructor(
    readonly type: string,
    readonly wish: PlacementWish,
    private readonly match: MatchOptions,
  ) {
    const asked = wish.strategy ?? "default";
    this.strategy = isStrategy(asked) ? asked : "default";
  }

  /** Workers that satisfy it, busy or not. */
  get size(): number {
    return this.members.size;
  }

  has(session: string): boolean {
    return this.members.has(session);
  }

  /** A worker came or changed. */
  put(worker: PooledWorker): void {
    const { session } = worker.known;
    this.remove(session);
    if (unmetBy(worker.known, this.type, this.wish, this.match) !== null) return;
    const cost = costOf(worker.known, this.type);
    const list = worker.known.hot.has(this.type) ? this.hot : this.cold;
    list.add(worker, cost);
    this.members.set(session, { cost, list });
  }

  remove(session: string): void {
    const member = this.members.get(session);
    if (!member) return;
    member.list.remove(session, member.cost);
    this.members.delete(session);
  }

  /** The worker that gets the next task: of those with the skill warm, else of all; null while none can take it. */
  choose(options: ChoiceOptions): Chosen | null {
    for (const list of [this.hot, this.cold]) {
      const best = choose(this.strategy, this.candidates(list, options), options.softLimit);
      if (best && (best.isFree || this.strategy === "overflow")) return this.chosen(best, list);
    }
    return null;
  }

  private chosen({ worker, index }: PooledCandidate, list: SortedWorkers): Chosen {
    this.turn += 1;
    this.turns.set(worker.known.session, this.turn);
    if (this.strategy === "round_robin") this.cursor = index + 1;
    return { worker, isHot: list === this.hot };
  }

  /** The first of the list that can take it, cheapest first; strategies without costs go round. */
  private candidates(list: SortedWorkers, options: ChoiceOptions): PooledCandidate[] {
    const found: PooledCandidate[] = [];
    const goesRound = this.strategy === "round_robin" || this.strategy === "least_connections";
    const start = goesRound && list.length > 0 ? this.cursor % list.length : 0;
    for (let step = 0; step < list.length && found.length < options.mostCandidates; step++) {
      const index = (start + step) % list.length;
      const { worker, cost } = list.at(index);
      const isFree = options.isFree(worker);
      if ((!isFree && this.strategy !== "overflow") || options.isOut(worker)) continue;
      if (options.params !== undefined && unmetParams(worker.known, this.type, options.params)) continue;
      found.push({
        worker,
        index,
        cost,
        isFree,
        reputation: worker.known.reputation,
        load: worker.running + worker.queue,
        queue: worker.queue,
        lastTurn: this.turns.get(worker.known.session) ?? 0,
      });
      if (this.strategy === "least_connections") this.cursor = index + 1;
    }
    return found;
  }
}
