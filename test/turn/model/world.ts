import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { jobStatusOf } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import type { Signal } from "@/server/engine/signal";
import type { EngineQueue } from "@/server/queue/contract";
import { claimForWorker } from "@/server/store/claim";
import { type Database, openDatabase } from "@/server/store/database";
import { readDueTasks, readDueTimers } from "@/server/store/due";
import type { Lane } from "@/server/store/lane";
import { acquireLease } from "@/server/store/leases";
import { registerSession, renewSession } from "@/server/store/sessions";
import type { ApplyResult } from "@/server/turn/engine-contract";
import { SessionReaper } from "@/server/turn/session-reaper";
import { type EngineHost, hostEngine } from "../engine-host";
import { LEASE_MS, MODEL_BLUEPRINT, ModelJob, TICK_MS } from "./oracle";

export type Loss = "before" | "after";

/** An attempt that was handed out at some time. */
export interface Attempt {
  jobId: string;
  no: number;
  fence: number;
}

/** Two engines on one database beside what they must come to. Time passes when the model says so, by moving every instant back. */
export class ModelWorld {
  readonly jobs = new Map<string, ModelJob>();
  readonly attempts: Attempt[] = [];
  now = 0;
  readonly sessions = [randomUUID(), randomUUID()] as const;
  private readonly renewedAt = new Map<string, number>();
  private readonly dead = new Set<string>();
  private readonly losses: Loss[][] = [[], []];
  private readonly heard = new Set<string>();
  private readonly hosts: EngineHost[] = [];
  private reaper: SessionReaper;

  private constructor(
    private readonly url: string,
    readonly database: Database,
  ) {
    // Rows are claimed without Redis, so no session has anything pending in it.
    this.reaper = new SessionReaper(database, { reapSession: async () => [] } as unknown as EngineQueue, LEASE_MS);
  }

  static async open(url: string): Promise<ModelWorld> {
    const world = new ModelWorld(url, openDatabase(url, { max: 3, name: "model" }));
    for (const id of world.sessions) {
      await registerSession(world.database, { id, worker: id, kind: "own", skills: ["a", "b"], slots: 9 });
      world.renewedAt.set(id, 0);
    }
    for (const index of [0, 1]) world.hosts.push(await world.host(index));
    return world;
  }

  async close(): Promise<void> {
    for (const host of this.hosts) await host.stop();
    await this.database.close();
  }

  /** The process is gone with all that it remembered; another takes its place. */
  async restart(index: number): Promise<void> {
    await this.hosts[index]?.stop();
    this.hosts[index] = await this.host(index);
  }

  loseAnswer(index: number, loss: Loss): void {
    this.losses[index]?.push(loss);
  }

  /** Some link is to break at its next commit. */
  get losesAnswers(): boolean {
    return this.losses.some((list) => list.length > 0);
  }

  async submit(index: number): Promise<void> {
    const id = await this.engine(index).start("model");
    const job = new ModelJob(id);
    this.jobs.set(id, job);
    await this.learn(job);
  }

  apply(index: number, signal: Signal): Promise<ApplyResult> {
    return this.engine(index).engine.apply(signal);
  }

  /**
   * Says it, and checks whether it counted. One exception: a commit in doubt is looked for in the history by its events,
   * and those of the very same word that counted before are the very same.
   */
  async say(index: number, signal: Signal, counts: boolean): Promise<void> {
    const word = JSON.stringify(signal);
    const mayBeTwin = (this.losses[index] ?? []).length > 0 && this.heard.has(word);
    const { applied } = await this.apply(index, signal);
    if (!(mayBeTwin && applied)) expect(applied, word).toBe(counts);
    if (applied) this.heard.add(word);
  }

  /** A session takes what waits; the model says what that may be. */
  async claim(session: string, limit: number): Promise<void> {
    const free = [...this.jobs.values()].flatMap((job) =>
      job.tasks.filter((task) => task.at === "ready" && !task.holder),
    );
    const claimed = await claimForWorker(this.database, ["a", "b"], limit, session);
    expect(claimed.length).toBe(Math.min(limit, free.length));
    for (const { jobId, no, fence } of claimed) {
      const task = this.jobs.get(jobId)?.current(no, fence);
      expect(task, `a claim of ${jobId}.${no}.${fence}, which nobody may take`).toMatchObject({ holder: null });
      if (task) task.holder = session;
      this.attempts.push({ jobId, no, fence });
    }
  }

  async heartbeat(session: string): Promise<void> {
    expect(await renewSession(this.database, session)).toMatchObject({ revived: this.dead.delete(session) });
    this.renewedAt.set(session, this.now);
  }

  /** Time passes for everybody at once. */
  async tick(): Promise<void> {
    this.now += TICK_MS;
    const by = `interval '${TICK_MS} ms'`;
    await this.database.pool.query(
      `update tasks set due_at = due_at - ${by}, dispatch_deadline = dispatch_deadline - ${by}, deadline_at = deadline_at - ${by}`,
    );
    await this.database.pool.query(`update timers set due_at = due_at - ${by}`);
    await this.database.pool.query(`update worker_sessions set renewed_at = renewed_at - ${by}`);
  }

  /** The housekeeper's look at what is due; each of it is put to an engine. */
  async wakeDue(index: number): Promise<void> {
    const due = await readDueTasks(this.database, 1_000);
    const expected = [...this.jobs.values()].flatMap((job) =>
      job.tasks.filter((task) => isDue(task.dueAt, this.now)).map((task) => `${job.id}.${task.no}.${task.fence}`),
    );
    expect(due.map(({ jobId, no, fence }) => `${jobId}.${no}.${fence}`).sort()).toEqual(expected.sort());
    for (const { jobId, no, fence, reason } of due) {
      if (reason === "announce_check") throw new Error("nothing is announced without Redis");
      const job = this.job(jobId);
      const task = job.tasks.find((one) => one.no === no);
      // An earlier row of this round may have ended the job.
      const applies = task !== undefined;
      expect(await this.apply(index, { kind: "task_due", jobId, no, fence, reason })).toMatchObject({
        applied: applies,
      });
      if (!task) continue;
      if (reason === "retry") job.again(task);
      else job.fail(task, this.now, false);
      await this.learn(job);
    }
    const timers = await readDueTimers(this.database, 1_000);
    const asked = [...this.jobs.values()].filter((job) => isDue(job.questionDueAt, this.now));
    expect(timers.map(({ jobId }) => jobId).sort()).toEqual(asked.map((job) => job.id).sort());
    for (const { jobId, key, setBy } of timers) {
      expect(await this.apply(index, { kind: "timer_fired", jobId, key, setBy: setBy ?? 0 })).toMatchObject({
        applied: true,
      });
      this.job(jobId).enter("lost", this.now);
    }
  }

  /** Sessions without a sign of life lose what they hold; the others keep it. */
  async reap(index: number): Promise<void> {
    const lease = {
      name: "housekeeper",
      epoch: (await acquireLease(this.database, "housekeeper", "model", 1e9)) ?? "",
    };
    for (const [session, at] of this.renewedAt) if (this.now - at >= LEASE_MS) this.dead.add(session);
    const held = [...this.jobs.values()].flatMap((job) =>
      job.tasks
        .filter((task) => task.holder !== null && this.dead.has(task.holder))
        .map((task) => `${job.id}.${task.no}.${task.fence}`),
    );
    const signals = await this.reaper.reap(lease);
    const named = signals.map((signal) => ("fence" in signal ? `${signal.jobId}.${signal.no}.${signal.fence}` : ""));
    expect(named.sort()).toEqual(held.sort());
    for (const signal of signals) {
      if (signal.kind !== "delivery_lost") throw new Error(`the reaper said ${signal.kind}`);
      const job = this.job(signal.jobId);
      const task = job.current(signal.no, signal.fence);
      expect(await this.apply(index, signal)).toMatchObject({ applied: task !== null });
      if (task) job.lose(task, this.now);
      await this.learn(job);
    }
  }

  job(id: string): ModelJob {
    const job = this.jobs.get(id);
    if (!job) throw new Error(`no job ${id} in the model`);
    return job;
  }

  /** Names that only the engine gives: numbers of new tasks and questions. How many there are is the model's to say. */
  async learn(job: ModelJob): Promise<void> {
    if (!job.open || job.tasks.length > 0) return;
    if (job.state === "ask") {
      const asked = await this.database.pool.query("select no from approvals where job_id = $1 and status = 0", [
        job.id,
      ]);
      expect(asked.rows).toHaveLength(1);
      job.question = asked.rows[0].no;
      return;
    }
    const { rows } = await this.database.pool.query("select no, branch from tasks where job_id = $1 order by no", [
      job.id,
    ]);
    expect(rows).toHaveLength(job.state === "fan" ? 2 : 1);
    job.tasks = rows.map(({ no, branch }) => ({
      ...{ no, branch, fence: 1, attempt: 1, losses: 0 },
      ...{ at: "ready" as const, holder: null, started: false, dueAt: null },
    }));
  }

  /** Every row is what the model says. */
  async compare(): Promise<void> {
    const jobs = await this.database.pool.query("select id, status, state from jobs order by id");
    expect(jobs.rows.map(({ id, status, state }) => [id, jobStatusOf(status), state])).toEqual(
      [...this.jobs.values()].sort(byId).map((job) => [job.id, job.status, job.state]),
    );
    const tasks = await this.database.pool.query(
      "select job_id, no, status, fence, attempt, losses, worker from tasks order by job_id, no",
    );
    const expected = [...this.jobs.values()].sort(byId).flatMap((job) =>
      job.tasks
        .toSorted((a, b) => a.no - b.no)
        .map(({ no, at, fence, attempt, losses, holder }) => ({
          ...{ job_id: job.id, no, fence, attempt, losses, worker: holder },
          status: at === "retry" ? TASK_STATUS.retry : holder ? TASK_STATUS.running : TASK_STATUS.backlog,
        })),
    );
    expect(tasks.rows).toEqual(expected.map((row) => expect.objectContaining(row)));
  }

  private engine(index: number): EngineHost {
    return this.hosts[index] as EngineHost;
  }

  private host(index: number): Promise<EngineHost> {
    return hostEngine({
      databaseUrl: this.url,
      redisUrl: null,
      prefix: "model:",
      blueprints: [MODEL_BLUEPRINT],
      consume: false,
      wrapLane: (lane) => this.losing(lane, index),
    });
  }

  /** A link that breaks at chosen moments: what was sent is done or not, and nobody hears which. */
  private losing(lane: Lane, index: number): Lane {
    const broken = () => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    return {
      ...lane,
      commit: async (writes, extra) => {
        const loss = this.losses[index]?.shift();
        if (loss === "before") throw broken();
        const won = await lane.commit(writes, extra);
        if (loss === "after") throw broken();
        return won;
      },
    };
  }
}

const isDue = (at: number | null, now: number) => at !== null && at <= now;
const byId = (a: ModelJob, b: ModelJob) => (a.id < b.id ? -1 : 1);
