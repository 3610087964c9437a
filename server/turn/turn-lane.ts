import { setTimeout as sleep } from "node:timers/promises";
import { shownStatus } from "@/server/engine/job";
import { faultPoint } from "@/server/fault-point";
import { isStoreError, isTransient } from "@/server/store/errors";
import type { Lane } from "@/server/store/lane";
import { commitBatch, type Outcome } from "./commit-batch";
import { decideAll } from "./decide-all";
import { byJob, type Decided } from "./decide-batch";
import { endedAttempts, tellEnded } from "./ended-attempts";
import { JobCache } from "./job-cache";
import { committedOf, send } from "./send";
import { submitBatch } from "./submit-batch";
import type { TurnDeps } from "./turn-deps";
import { isStored, type UnsureChange, UnsureCommitError } from "./unsure-commit";
import { receiptsOf, type Submission, type Work } from "./work";

const MAX_BATCH = 500;
const MAX_RACES = 5;
/** More work than this waits nowhere: whoever brings it hears so, and the queue keeps the rest. */
const MAX_SUBMISSIONS = 2_000;
const MAX_SIGNALS = 5_000;
const LONGEST_PAUSE_MS = 1_000;
const CACHED_JOBS = 20_000;

/**
 * One lane: one database connection with one statement in flight. Work that arrives while a batch commits is the next
 * batch; no timer makes batches. A job always goes through the same lane of an engine.
 */
export class TurnLane {
  private readonly inbox: Work[] = [];
  private readonly submissions: Submission[] = [];
  /** Changes whose commit got no answer; looked for before anything else is done. */
  private unsure: UnsureChange[] = [];
  private readonly cache = new JobCache(CACHED_JOBS);
  private running: Promise<void> | null = null;
  private failures = 0;
  private closed = false;

  constructor(
    private readonly store: Lane,
    private readonly deps: TurnDeps,
  ) {}

  push(works: Work[]): void {
    this.inbox.push(...works);
    this.wake();
  }

  submit(submissions: Submission[]): void {
    this.submissions.push(...submissions);
    this.wake();
  }

  /** Signals that wait in this lane. */
  get waiting(): number {
    return this.inbox.length;
  }

  /** True when callers must come again later. */
  get full(): boolean {
    return this.submissions.length >= MAX_SUBMISSIONS || this.inbox.length >= MAX_SIGNALS;
  }

  /** Epoch of the last failure streak: 0 while the database answers. */
  get failing(): boolean {
    return this.failures > 0;
  }

  /** Resolves when nothing is left, or the database does not take it. */
  async drain(): Promise<void> {
    this.closed = true;
    while (this.running) await this.running;
    await this.store.close();
  }

  private wake(): void {
    this.running ??= this.run().finally(() => {
      this.running = null;
      if (this.hasWork() && !this.closed) this.wake();
    });
  }

  private hasWork(): boolean {
    return this.inbox.length + this.submissions.length + this.unsure.length > 0;
  }

  private async run(): Promise<void> {
    // The rest of this tick's callers join the first batch.
    await Promise.resolve();
    while (this.hasWork()) {
      if (this.unsure.length > 0) {
        await this.guard(() => this.lookForUnsure(), [], []);
        if (this.unsure.length > 0 && !this.closed) continue;
      }
      const submissions = this.submissions.splice(0, MAX_BATCH);
      if (submissions.length > 0)
        await this.guard(() => submitBatch(this.store, this.cache, submissions, this.deps), [], submissions);
      const works = this.inbox.splice(0, MAX_BATCH);
      if (works.length > 0) await this.guard(() => this.turn(works), works, []);
      if (this.closed && this.failures > 0) this.abandon();
    }
  }

  /** Whoever waits for a lane that ends without its database hears of it; the queue and the rows keep the rest. */
  private abandon(): void {
    const error = new Error("the engine stopped before the database answered");
    for (const work of this.inbox.splice(0)) work.waiter?.reject(error);
    for (const submission of this.submissions.splice(0)) submission.reject(error);
    for (const { decided } of this.unsure.splice(0)) for (const work of decided.works) work.waiter?.reject(error);
  }

  /** load → decide → commit → send → settle. */
  private async turn(works: Work[]): Promise<void> {
    const groups = byJob(works);
    const { decided, unknown } = await decideAll(groups, this.store, this.cache, this.deps);
    const changed = decided.filter((one) => one.writes !== null);
    const unchanged = decided.flatMap((one) => (one.writes === null ? one.works : []));
    const answered = this.deps.queue.signalRowsOf(receiptsOf([...unchanged, ...unknown.missing]));
    if (changed.length > 0) faultPoint("turn.before_commit");
    const outcome =
      changed.length > 0 || answered.length > 0
        ? await commitBatch(this.store, changed, answered, this.deps)
        : { won: [], lost: [], announced: new Set<string>() };
    if (outcome.won.length > 0) faultPoint("turn.after_commit");
    this.count(works.length, outcome);
    for (const { jobId } of outcome.lost) this.cache.delete(jobId);
    this.finish(outcome.won, outcome.announced);
    const again = outcome.lost.flatMap((one) => one.works);
    const unsure = outcome.unsure?.changes ?? [];
    // Rows that were to go with a commit that broke off are still there, as far as anybody knows.
    const unread = outcome.unsure ? [...unchanged, ...unknown.missing].filter((work) => work.receipt !== null) : [];
    const kept = new Set([again, unread, ...[...unsure, ...unknown.left].map((one) => one.works)].flat());
    faultPoint("turn.before_settle");
    this.deps.queue.settleSignals(receiptsOf(works.filter((work) => !kept.has(work))));
    for (const work of unknown.missing) work.waiter?.resolve({ applied: false, reason: "job_not_found" });
    await this.deps.left.leave(unknown.left);
    faultPoint("turn.before_answer");
    // A change that was replaced on its way into the database is answered as it was stored.
    const settled = new Map(outcome.won.map((one) => [one.jobId, one]));
    const open = new Set([...outcome.lost, ...unsure].map((one) => one.jobId));
    for (const one of decided) if (!open.has(one.jobId)) this.answer(settled.get(one.jobId) ?? one);
    await this.decideAgain(again);
    if (!outcome.unsure) return;
    const { announced } = outcome;
    throw new UnsureCommitError(
      outcome.unsure.error,
      unsure.map((one) => ({ decided: one, announced })),
      unread,
    );
  }

  private count(signals: number, { won, lost }: Outcome): void {
    const { figures } = this.deps;
    figures.signals += signals;
    figures.lost += lost.length;
    figures.changes += won.length;
    if (won.length > 0) figures.commits += 1;
  }

  /** Keeps what was committed, and tells workers, browsers and handlers. */
  private finish(won: Decided[], announced: Set<string>): void {
    for (const { jobId, after, before, made } of won) {
      this.cache.set(jobId, { job: after, blueprint: before.blueprint });
      for (const { job, blueprint } of made) this.cache.set(job.id, { job, blueprint });
    }
    this.announce(won, announced);
  }

  /**
   * Looks whether changes whose commit got no answer are stored. Those that are go on as committed: their messages are
   * sent, their handlers start, their callers hear it. The others are decided again.
   */
  private async lookForUnsure(): Promise<void> {
    const { jobs } = await this.store.load(this.unsure.map(({ decided }) => decided.jobId));
    const byId = new Map(jobs.map((job) => [job.id, job]));
    const unsure = this.unsure.splice(0);
    for (const { decided, announced } of unsure) {
      if (!isStored(decided, byId.get(decided.jobId))) {
        this.inbox.unshift(...decided.works);
        continue;
      }
      this.finish([decided], announced);
      this.deps.queue.settleSignals(receiptsOf(decided.works));
      this.answer(decided);
    }
  }

  /** After the commit; an error here must not look like a failed commit. */
  private announce(won: Decided[], announced: Set<string>): void {
    try {
      const committed = won.flatMap(({ after, before, writes, made, madeWrites }) =>
        writes
          ? [{ job: after, before: before.job, blueprint: before.blueprint, writes }, ...committedOf(made, madeWrites)]
          : [],
      );
      send(committed, announced, this.deps);
      this.tellEnded(won);
      this.deps.refiller.poke();
    } catch (error) {
      this.deps.log.error("sending after a commit failed; the reconciler will send again", { error });
    }
  }

  private tellEnded(won: Decided[]): void {
    const ended = won.flatMap(({ before, writes }) => (writes ? endedAttempts(before.job, writes) : []));
    if (ended.length > 0 && this.deps.notices) tellEnded(ended, this.deps.notices);
  }

  /**
   * Losers of a race are decided again on a fresh load. After five lost races the queue delivers them again later; what
   * came from this process would not come again, so it is kept for as long as somebody waits for it, or nobody does.
   */
  private async decideAgain(lost: Work[]): Promise<void> {
    if (lost.length === 0) return;
    for (const work of lost) work.lost += 1;
    const now = Date.now();
    const isOver = (work: Work) => work.lost > MAX_RACES && (work.waiter ? work.waiter.giveUpAt <= now : work.receipt);
    const again = lost.filter((work) => !isOver(work));
    for (const work of lost) if (isOver(work)) work.waiter?.reject(new Error("the job kept changing; try again"));
    await sleep(this.deps.random() * 5 * Math.max(...lost.map((work) => work.lost)));
    this.inbox.unshift(...again);
  }

  /** A database that fails for a while costs time, no work: everything is decided again from a fresh load. */
  private async guard(step: () => Promise<void>, works: Work[], submissions: Submission[]): Promise<void> {
    try {
      await step();
      this.failures = 0;
    } catch (error) {
      this.cache.clear();
      if (error instanceof UnsureCommitError) {
        this.unsure.push(...error.unsure);
        await this.failed(error.cause, error.works, []);
        return;
      }
      if (!isStoreError(error) && works.length > 0) {
        await this.isolate(error, works);
        return;
      }
      await this.failed(error, works, submissions);
    }
  }

  private async failed(error: unknown, works: Work[], submissions: Submission[]): Promise<void> {
    this.failures += 1;
    this.deps.figures.retried += 1;
    const transient = isTransient(error);
    this.deps.log.warn("a turn failed and will be done again", { error, signals: works.length, transient });
    await this.retryLater(error, works, submissions);
  }

  /**
   * An error that is not the database's would come again with the same work: the batch is cut in halves until the job
   * that it belongs to stands alone. Its signals are left to the queue, which brings them again later.
   */
  private async isolate(error: unknown, works: Work[]): Promise<void> {
    const jobs = [...byJob(works).values()];
    if (jobs.length === 1) {
      this.deps.log.error("a job cannot be worked on", { job: works[0]?.signal.jobId, error });
      for (const work of works) work.waiter?.reject(error);
      return;
    }
    const middle = Math.ceil(jobs.length / 2);
    for (const half of [jobs.slice(0, middle).flat(), jobs.slice(middle).flat()]) {
      await this.guard(() => this.turn(half), half, []);
    }
  }

  private async retryLater(error: unknown, works: Work[], submissions: Submission[]): Promise<void> {
    const now = Date.now();
    for (const { decided } of this.unsure) {
      for (const { waiter } of decided.works) if (waiter && waiter.giveUpAt <= now) waiter.reject(error);
    }
    const waiting = works.filter((work) => work.waiter === null || work.waiter.giveUpAt > now);
    for (const work of works) if (!waiting.includes(work)) work.waiter?.reject(error);
    // Of what got no answer it is found out whether it is stored; whatever else is wrong would be wrong again.
    const unanswered = submissions.filter((one) => one.unsure && isTransient(error) && one.giveUpAt > now);
    for (const submission of submissions) if (!unanswered.includes(submission)) submission.reject(error);
    if (waiting.length + unanswered.length + this.unsure.length === 0) return;
    await sleep(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(this.failures, 6)) * (0.5 + this.deps.random() / 2));
    this.inbox.unshift(...waiting);
    this.submissions.unshift(...unanswered);
  }

  private answer({ jobId, works, verdicts, after, failure }: Decided): void {
    if (failure) this.deps.log.error("a job could not be brought forward", { job: jobId, error: failure });
    const job = { version: after.version, status: shownStatus(after), state: after.state };
    for (const [index, work] of works.entries()) {
      const verdict = verdicts[index];
      if (verdict && !verdict.applied) {
        this.deps.figures.ignored += 1;
        if (verdict.reason === "stale_task") this.deps.figures.stale += 1;
      }
      if (failure) work.waiter?.reject(failure);
      else if (verdict) work.waiter?.resolve(verdict.applied ? { ...verdict, ...job } : { ...verdict, job });
    }
  }
}
