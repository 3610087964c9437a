import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "./fleet";
import { DOCUMENTS, type PlannedJob } from "./workload";

/** What the run's client knows of a job. */
export interface DrivenJob extends PlannedJob {
  /** All ids that answers gave for its key: more than one is a fault. */
  ids: Set<string>;
  /** A cancel was answered with success, or refused because the job had ended. */
  cancel: "none" | "done" | "too_late";
}

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: shapes are checked where they are read.
  body: any;
}

/** Plays the part of everybody outside: a client that submits and cancels, a person who approves and retries. */
export class Driver {
  readonly jobs: DrivenJob[] = [];
  /** Answers that no fault explains. */
  readonly refused: string[] = [];
  calls = 0;
  failedCalls = 0;
  private turn = 0;
  private over = false;
  private readonly working: Promise<void>[] = [];

  constructor(private readonly fleet: Fleet) {}

  /** Uploads the blueprints; the names of those that the server does not know how to run yet. */
  async prepare(): Promise<string[]> {
    const missing: string[] = [];
    for (const document of DOCUMENTS) {
      const answer = await this.insist("PUT", `/api/v1/blueprints/${document.name}`, document);
      if (answer.status === 422 || answer.status === 400) missing.push(document.name);
      else if (answer.status >= 300)
        throw new Error(`${document.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    this.working.push(this.approve(), this.retryLost());
    return missing;
  }

  /** Submits the jobs at their times; resolves when all are acknowledged. */
  async submit(planned: PlannedJob[]): Promise<DrivenJob[]> {
    const began = Date.now();
    const driven = planned.map((job): DrivenJob => ({ ...job, ids: new Set(), cancel: "none" }));
    this.jobs.push(...driven);
    await Promise.all(
      driven.map(async (job) => {
        await sleep(Math.max(0, began + job.submitAtMs - Date.now()));
        const both = job.twice ? [this.submitOne(job), this.submitOne(job)] : [this.submitOne(job)];
        await Promise.all(both);
        if (job.cancelAfterMs !== null) this.working.push(this.cancel(job, job.cancelAfterMs));
      }),
    );
    return driven;
  }

  /** Says whether the jobs are where they are expected, by the database; and how many are not yet. */
  async open(jobs: DrivenJob[]): Promise<number> {
    const ids = jobs.flatMap((job) => [...job.ids]);
    try {
      const { rows } = await this.fleet.database.pool.query(
        "select count(*)::int as n from jobs where id = any ($1::uuid[]) and (status < 9 or (status = 9 and error->>'code' = 'WORKER_LOST' and blueprint_id not in (select id from blueprints where name = 'fault_poison')))",
        [ids],
      );
      return rows[0].n;
    } catch {
      // It is in the middle of a restart.
      return ids.length;
    }
  }

  /** Waits until the jobs have ended, at most so long; how many have not. */
  async settled(jobs: DrivenJob[], withinMs: number): Promise<number> {
    let left = jobs.length;
    for (const end = Date.now() + withinMs; Date.now() < end && left > 0; await sleep(250))
      left = await this.open(jobs);
    return left;
  }

  async stop(): Promise<void> {
    this.over = true;
    await Promise.all(this.working);
  }

  /** Asks until a server has answered with anything but its own trouble. */
  private async insist(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    for (let tries = 0; ; tries += 1) {
      const answer = await this.call(method, path, body, headers);
      if (answer && answer.status < 500) return answer;
      if (this.over || tries > 2_000) return { status: 0, body: null };
      await sleep(Math.min(1_000, 50 * (tries + 1)));
    }
  }

  private async call(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer | null> {
    this.turn += 1;
    this.calls += 1;
    const url = this.fleet.urls[this.turn % this.fleet.urls.length];
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { "x-client-token": this.fleet.clientToken, "content-type": "application/json", ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(8_000),
      });
      const text = await response.text();
      if (response.status >= 500) this.failedCalls += 1;
      return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    } catch {
      this.failedCalls += 1;
      return null;
    }
  }

  private async submitOne(job: DrivenJob): Promise<void> {
    const path = `/api/v1/jobs/${job.blueprint}`;
    const answer = await this.insist("POST", path, { initial_data: job.input }, { "idempotency-key": job.key });
    if (answer.status === 200 || answer.status === 202) job.ids.add(answer.body.job_id);
    else if (answer.status !== 0) this.refused.push(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  private async cancel(job: DrivenJob, afterMs: number): Promise<void> {
    await sleep(afterMs);
    const [id] = job.ids;
    if (!id) return;
    const answer = await this.insist("POST", `/api/v1/jobs/${id}/cancel`, {});
    if (answer.status === 200) job.cancel = "done";
    // Asked twice: the first answer was lost with its server.
    else if (answer.status === 404 && /already terminal/.test(answer.body?.error ?? "")) job.cancel = "too_late";
    else if (answer.status !== 0) this.refused.push(`cancel ${id}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** Approves what is open, every second one twice: the second voice must be told that it is late. */
  private async approve(): Promise<void> {
    for (let count = 0; !this.over; await sleep(300)) {
      const answer = await this.call("GET", "/api/v1/approvals?status=open&limit=50");
      const rows = answer?.status === 200 ? (answer.body as ApprovalRow[]) : [];
      for (const { approval_id: id } of rows.filter((row) => row.may_decide)) {
        count += 1;
        const path = `/api/v1/approvals/${id}/decide`;
        const voices = count % 2 === 0 ? [1, 2] : [1];
        await Promise.all(voices.map(() => this.call("POST", path, { decision: "approved" })));
      }
    }
  }

  /** What went to quarantine because its workers kept being killed beside it is taken up again, as a person would. */
  private async retryLost(): Promise<void> {
    for (; !this.over; await sleep(500)) {
      const found = await this.fleet.database.pool
        .query<{ id: string }>(
          `select j.id from jobs j join blueprints b on b.id = j.blueprint_id
           where j.status = 9 and j.error->>'code' = 'WORKER_LOST' and b.name <> 'fault_poison'`,
        )
        .catch(() => ({ rows: [] }));
      for (const { id } of found.rows)
        await this.call("POST", `/api/v1/jobs/${id}/retry`, { reason: "its workers were killed" });
    }
  }
}

interface ApprovalRow {
  approval_id: string;
  may_decide: boolean;
}
