import { setTimeout as sleep } from "node:timers/promises";
import { DOCUMENTS, QUOTA_DOCUMENTS } from "./documents";
import type { Fleet } from "./fleet";
import type { PlannedJob } from "./workload";

/** What the run's client knows of a job. */
export interface DrivenJob extends PlannedJob {
  /** All ids that answers gave for its key: more than one is a fault. */
  ids: Set<string>;
  /** A cancel was answered with success, or refused because the job had ended. */
  cancel: "none" | "done" | "too_late";
}

/** One call of a skill, and what it was answered; without an answer nobody knows whether it made a job. */
export interface DrivenCall {
  value: number;
  jobId: string | null;
  /** The worker's data, or why there is none. */
  data: unknown;
  error: string | null;
}

/** More than any run starts. */
const QUOTA = 1_000_000;

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: shapes are checked where they are read.
  body: any;
}

/** Plays the part of everybody outside: a client that submits and cancels, a person who approves and retries. */
export class Driver {
  readonly jobs: DrivenJob[] = [];
  readonly skillCalls: DrivenCall[] = [];
  /** The client whose jobs are counted. */
  quotaToken = "";
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
    const body = { name: "counted", monthly_attempts: QUOTA, scopes: ["jobs", "blueprints"] };
    const client = await this.insist("POST", "/api/v1/clients", body);
    if (client.status !== 201) throw new Error(`no client: ${client.status} ${JSON.stringify(client.body)}`);
    this.quotaToken = client.body.token;
    for (const document of QUOTA_DOCUMENTS) {
      const answer = await this.insist("PUT", `/api/v1/blueprints/${document.name}`, document, this.counted);
      if (answer.status >= 300) throw new Error(`${document.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    this.working.push(this.approve(), this.retryLost());
    return missing;
  }

  /** Calls skills at even distances; resolves when all are answered or given up. */
  async callSkills(count: number, overMs: number): Promise<void> {
    const began = Date.now();
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        await sleep(Math.max(0, began + (index / count) * overMs - Date.now()));
        await this.callSkill(index + 1);
      }),
    );
  }

  private get counted(): Record<string, string> {
    return { "x-client-token": this.quotaToken };
  }

  private async callSkill(value: number): Promise<void> {
    const made: DrivenCall = { value, jobId: null, data: null, error: null };
    this.skillCalls.push(made);
    const body = { skill_name: "fault_remote", params: { name: "called", value }, timeout: 60 };
    const answer = await this.call("POST", "/_worker/skills/call", body, { "x-waits-ms": "70000" });
    if (answer?.status !== 200) return;
    made.jobId = answer.body.job_id;
    made.data = answer.body.data ?? null;
    made.error = answer.body.error?.code ?? null;
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
        signal: AbortSignal.timeout(Number(headers["x-waits-ms"] ?? 8_000)),
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
    const headers = { "idempotency-key": job.key, ...(job.counted ? this.counted : {}) };
    const answer = await this.insist("POST", path, { initial_data: job.input }, headers);
    if (answer.status === 200 || answer.status === 202) job.ids.add(answer.body.job_id);
    else if (answer.status !== 0) this.refused.push(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  private async cancel(job: DrivenJob, afterMs: number): Promise<void> {
    await sleep(afterMs);
    const [id] = job.ids;
    if (!id) return;
    const answer = await this.insist("POST", `/api/v1/jobs/${id}/cancel`, {}, job.counted ? this.counted : {});
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
        .query<{ id: string; counted: boolean }>(
          `select j.id, b.name = any ($1::text[]) as counted from jobs j join blueprints b on b.id = j.blueprint_id
           where j.status = 9 and j.error->>'code' = 'WORKER_LOST' and b.name <> 'fault_poison'`,
          [QUOTA_DOCUMENTS.map(({ name }) => name)],
        )
        .catch(() => ({ rows: [] }));
      for (const { id, counted } of found.rows) {
        const reason = { reason: "its workers were killed" };
        await this.call("POST", `/api/v1/jobs/${id}/retry`, reason, counted ? this.counted : {});
      }
    }
  }
}

interface ApprovalRow {
  approval_id: string;
  may_decide: boolean;
}
