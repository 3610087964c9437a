import { setTimeout as sleep } from "node:timers/promises";
import type { JsonValue } from "@/lib/json";
import type { Signal } from "@/server/engine/signal";
import type { EngineQueue } from "@/server/queue/contract";
import { partitionOf } from "@/server/queue/partition";
import type { Database } from "@/server/store/database";
import { forgetSignals, quarantineUnread } from "@/server/store/quarantine-unread";
import {
  advertise,
  answerLeft,
  claimHopeless,
  claimLeft,
  type LeftSignal,
  leaveSignals,
  readAnswer,
  stopAdvertising,
  withdrawLeft,
} from "@/server/store/versions";
import { capabilities, type EngineCode } from "./capabilities";
import type { ApplyResult } from "./engine-contract";
import type { LeftJob, NotRunnable } from "./left-job";
import { BrokenHistoryError, NotHereError } from "./not-here";
import type { TurnLog } from "./turn-log";
import { receiptsOf, type Waiter, type Work } from "./work";

export interface LeftSignalsOptions {
  engineId: string;
  database: Database;
  queue: EngineQueue;
  log: TurnLog;
  code: readonly EngineCode[];
  /** How long a signal waits for an engine that has its version, before the job goes to quarantine. */
  patienceMs: number;
  /** Hands work to the job's lane. */
  push(works: Work[]): void;
}

/** A left signal that this long nobody answered may be taken by somebody else. */
const CLAIM_MS = 30_000;
const CLAIM_LIMIT = 200;
const BUSY_PAUSE_MS = 20;
const IDLE_PAUSE_MS = 250;
const HOPELESS_EVERY_MS = 1_000;
const ADVERTISE_EVERY_MS = 60_000;
/** How long a caller waits for what another engine makes of its request. */
const ANSWER_MS = 5_000;
const ANSWER_POLL_MS = 25;
/** What workers and the engine itself say is kept: nobody would say it again. */
const KEPT: ReadonlySet<Signal["kind"]> = new Set(["task_result", "task_started", "delivery_lost"]);

/**
 * Signals of jobs whose version this engine cannot run. It leaves them, as rows, to engines that say they can; takes those
 * that others left to it; and puts a job into quarantine when for too long there is no such engine.
 */
export class LeftSignals {
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private hopelessAt = 0;
  private advertiseAt = 0;

  constructor(private readonly options: LeftSignalsOptions) {}

  /** Says what this engine has, and begins to take. */
  start(): void {
    this.running = this.loop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    if (!this.running) return;
    await this.running;
    this.running = null;
    await stopAdvertising(this.options.database, this.options.engineId).catch((error: unknown) =>
      this.options.log.warn("what this engine has could not be taken back; its lease will end", { error }),
    );
  }

  /** Deals with jobs that cannot be worked on here. Never rejects: what could not be left comes again. */
  async leave(jobs: LeftJob[]): Promise<void> {
    const isOver = (job: LeftJob) => job.broken !== null || job.works.some((work) => work.hopeless);
    const left = jobs.filter((job) => !isOver(job));
    if (left.length > 0) await this.guarded(left, () => this.hand(left));
    for (const job of jobs.filter(isOver)) await this.guarded([job], () => this.quarantine(job));
  }

  private async guarded(jobs: LeftJob[], work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const ids = jobs.map((job) => job.row.id);
      this.options.log.warn("signals could not be left to another engine; they come again", { jobs: ids, error });
      for (const { waiter } of jobs.flatMap((job) => job.works)) waiter?.reject(error);
    }
  }

  private async hand(jobs: LeftJob[]): Promise<void> {
    const { queue, database } = this.options;
    const all = jobs.flatMap(({ works, needs, name }) => works.map((work) => ({ work, needs, name })));
    const receipts = receiptsOf(all.map(({ work }) => work));
    const left = all.map(({ work: { signal, waiter }, needs }) => ({
      lane: partitionOf(signal.jobId),
      jobId: signal.jobId,
      body: JSON.stringify(signal),
      needs,
      asked: waiter !== null,
    }));
    const ids = await leaveSignals(database, left, queue.signalRowsOf(receipts));
    queue.settleSignals(receipts);
    for (const [index, { work, name }] of all.entries()) {
      const { waiter, signal } = work;
      if (waiter) void this.awaitAnswer(ids[index] ?? "", waiter, signal.kind, name).catch(waiter.reject);
    }
  }

  private async awaitAnswer(id: string, waiter: Waiter, kind: Signal["kind"], name: string): Promise<void> {
    const { database } = this.options;
    for (const end = Date.now() + ANSWER_MS; Date.now() < end; await sleep(ANSWER_POLL_MS)) {
      const answer = await readAnswer(database, id);
      if (answer !== undefined) return settle(waiter, answer);
    }
    if (KEPT.has(kind)) return waiter.reject(new NotHereError(name, "kept"));
    waiter.reject(new NotHereError(name, (await withdrawLeft(database, id)) ? "withdrawn" : "unknown"));
  }

  /** Nobody here can fold its events: it is put aside by its row alone, and its signals are over. */
  private async quarantine(job: LeftJob): Promise<void> {
    const { queue, database, log } = this.options;
    const reason = job.broken
      ? { code: "CORRUPT_HISTORY", message: `The job's history cannot be read: ${job.broken.message}` }
      : this.noEngine(job);
    if (job.unheard) log.error("signals that no engine knows were dropped", { job: job.row.id, needs: job.needs });
    else if (await quarantineUnread(database, job.row, reason))
      log.error("a job was put into quarantine", { job: job.row.id, code: reason.code, reason: reason.message });
    const receipts = receiptsOf(job.works);
    await forgetSignals(database, queue.signalRowsOf(receipts));
    queue.settleSignals(receipts);
    const error = job.broken ? new BrokenHistoryError(reason.message) : new NotHereError(job.name, "withdrawn");
    for (const work of job.works) work.waiter?.reject(error);
  }

  /** Why a job goes to quarantine that no engine could work on for too long. */
  noEngine({ name }: NotRunnable): { code: string; message: string } {
    const { patienceMs } = this.options;
    const time = patienceMs >= 60_000 ? `${Math.round(patienceMs / 60_000)} minutes` : `${patienceMs / 1000} s`;
    const message = `For ${time} no engine was running that has ${name}. Start one of a release that has it, then requeue the job, or cancel it`;
    return { code: "NO_ENGINE_FOR_VERSION", message };
  }

  private async loop(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      let taken = 0;
      try {
        taken = await this.round();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) this.options.log.warn("left signals could not be taken; trying again", { error });
      }
      await this.pause(taken > 0 ? BUSY_PAUSE_MS : IDLE_PAUSE_MS * Math.min(8, 1 + failures));
    }
  }

  private async round(): Promise<number> {
    const { database, engineId, code, patienceMs } = this.options;
    const now = Date.now();
    const has = capabilities(code);
    if (now >= this.advertiseAt) {
      await advertise(database, engineId, has);
      this.advertiseAt = now + ADVERTISE_EVERY_MS;
    }
    const needs = has.map((one) => one.need);
    const taken = await claimLeft(database, needs, CLAIM_LIMIT, CLAIM_MS);
    this.options.push(taken.map((row) => this.workOf(row)));
    if (now >= this.hopelessAt) {
      this.hopelessAt = now + HOPELESS_EVERY_MS;
      const hopeless = await claimHopeless(database, patienceMs, CLAIM_LIMIT, CLAIM_MS);
      this.options.push(hopeless.map((row) => ({ ...this.workOf(row), hopeless: true })));
    }
    return taken.length;
  }

  private workOf({ id, body, asked }: LeftSignal): Work {
    const signal = JSON.parse(body) as Signal;
    const waiter = asked ? this.answering(id) : null;
    return { signal, receipt: `row:${id}`, waiter, lost: 0 };
  }

  /** Writes down what became of a signal, for the process where somebody waits for it. */
  private answering(id: string): Waiter {
    const write = (answer: JsonValue) =>
      void answerLeft(this.options.database, id, answer).catch((error: unknown) =>
        this.options.log.warn("an answer could not be given to the process that waits for it", { error }),
      );
    return {
      resolve: (result) => write({ result: result as unknown as JsonValue }),
      reject: (error) => write({ error: error instanceof Error ? error.message : String(error) }),
      giveUpAt: Date.now() + ANSWER_MS,
    };
  }

  private pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

function settle(waiter: Waiter, answer: JsonValue): void {
  const { result, error } = answer as { result?: ApplyResult; error?: string };
  if (result) waiter.resolve(result);
  else waiter.reject(new Error(error ?? "another engine gave no reason"));
}
