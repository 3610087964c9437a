import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BACKLOG_TYPES, CLAIM_FOR_WORKER, CLAIM_READY, claimedBy, GIVE_BACK, HOLD } from "@/server/store/claim";
import { COMMIT_CORE, COMMIT_FULL, SUBMIT } from "@/server/store/commit-statement";
import type { Database } from "@/server/store/database";
import { ANNOUNCED, DUE_TASKS, DUE_TIMERS, POSTPONE, RETURN_TO_BACKLOG } from "@/server/store/due";
import { LOAD } from "@/server/store/load-jobs";
import { PROCESS } from "@/server/store/reads/process";
import { saveProgress, taskParams } from "@/server/store/running-task";
import { endedSessionsWithTasks, stillAnnounced, tasksOfSession } from "@/server/store/sessions";
import { TAKE_SIGNALS } from "@/server/store/signals";
import { readTaskMessages } from "@/server/store/task-messages";
import { RETURN_ANNOUNCED } from "@/server/store/transport";
import { READ_TURNS } from "@/server/store/turns";
import { CLAIM_LEFT } from "@/server/store/versions";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let client: Client;

const JOBS = 110_000;

/** One open task and two events for each job; ids as version 7 makes them, spread over this month. */
const FILL = `
insert into jobs (id, client_id, blueprint_id, version, status, state, transitions, input, created_at, updated_at)
select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - n), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid,
  1, 1, 2, 2, 'working', 1, '{}', now(), now() from generate_series(1, ${JOBS}) n;
insert into tasks (job_id, no, status, type, params, created_at, due_at)
select id, 1024, 0, 'resize', '{}', now(), null from jobs;
insert into events (job_id, seq, kind, at, data) select id, s, 1, now(), '{}' from jobs, generate_series(1, 2) s;
insert into idempotency select 1, id::text, '\\x00', id, now() from jobs limit 20000;
insert into groups select id, 1024, 2, 1, 0, 0 from jobs limit 20000;
insert into timers select id, 'job', 1, now(), null from jobs limit 20000;
insert into approvals (job_id, no, client_id, status, state, message, approvers, quorum, deny_starter, decisions, votes, asked_at)
  select id, 1024, 1, 0, 's', '', '{}', 1, false, '[]', '[]', now() from jobs limit 20000;
insert into signals (lane, job_id, body) select 1, id, '{}' from jobs limit 20000;
`;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
}, 120_000);

afterAll(async () => {
  await client.end();
  await database.drop();
});

const SETTINGS = "set plan_cache_mode = force_generic_plan; set jit = off; set enable_mergejoin = off;";

const STATEMENTS: Record<string, string> = {
  core: COMMIT_CORE.text,
  full: COMMIT_FULL.text,
  submit: SUBMIT.text,
  load: LOAD.text,
  claimReady: CLAIM_READY.text,
  claimForWorker: CLAIM_FOR_WORKER.text,
  hold: HOLD.text,
  giveBack: GIVE_BACK.text,
  backlogTypes: BACKLOG_TYPES.text,
  dueTasks: DUE_TASKS.text,
  dueTimers: DUE_TIMERS.text,
  announced: ANNOUNCED.text,
  postpone: POSTPONE.text,
  returnToBacklog: RETURN_TO_BACKLOG.text,
  returnAnnounced: RETURN_ANNOUNCED.text,
  takeSignals: TAKE_SIGNALS.text,
  claimLeft: CLAIM_LEFT.text,
  readTurns: READ_TURNS.text,
  process: PROCESS.text,
};

const JOB = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b";
const TASK = { jobId: JOB, no: 1024, fence: 1 };

/** Statements that are not shown by their modules, as the functions send them. */
const SENT: Record<string, (database: Database) => Promise<unknown>> = {
  claimedBy: (database) => claimedBy(database, JOB),
  taskParams: (database) => taskParams(database, JOB, 1024),
  saveProgress: (database) => saveProgress(database, [{ ...TASK, progress: 0.5, message: null }]),
  readTaskMessages: (database) => readTaskMessages(database, [TASK]),
  tasksOfSession: (database) => tasksOfSession(database, JOB),
  stillAnnounced: (database) => stillAnnounced(database, [TASK]),
  endedSessionsWithTasks: (database) => endedSessionsWithTasks(database),
};

/** The texts that a function sends to the database, which knows of nothing. */
async function textsSentBy(work: (database: Database) => Promise<unknown>): Promise<string[]> {
  const texts: string[] = [];
  const query = async (statement: string | { text: string }) => {
    texts.push(typeof statement === "string" ? statement : statement.text);
    return { rows: [], rowCount: 0 };
  };
  await work({ pool: { query } } as unknown as Database);
  return texts;
}

async function planOf(sql: string): Promise<string> {
  const { rows } = await client.query(`explain (generic_plan) ${sql}`);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

const SCAN =
  /Seq Scan on (?:jobs|tasks|events|events_\w+|groups|timers|approvals|idempotency|signals|turns)\b.*?rows=(\d+)/g;

/** Scans of more than an empty partition. */
function scans(plan: string): string[] {
  return [...plan.matchAll(SCAN)].filter((match) => Number(match[1]) > 1).map((match) => match[0]);
}

async function expectNoScan(): Promise<void> {
  for (const [name, sql] of Object.entries(STATEMENTS)) {
    const plan = await planOf(sql);
    expect(scans(plan), `${name}\n${plan}`).toEqual([]);
  }
  for (const [name, work] of Object.entries(SENT)) {
    const texts = await textsSentBy(work);
    expect(texts.length, name).toBeGreaterThan(0);
    for (const text of texts) {
      const plan = await planOf(text);
      expect(scans(plan), `${name}\n${plan}`).toEqual([]);
    }
  }
}

describe("no statement of a turn reads a whole table", () => {
  test("as the lanes and hot pools plan them, while the tables are empty", async () => {
    await client.query(SETTINGS);
    await client.query("set enable_seqscan = off");
    await expectNoScan();
  });

  test("with a hundred thousand jobs, even without that help", async () => {
    await client.query(FILL);
    await client.query("analyze");
    await client.query(SETTINGS);
    await expectNoScan();
    await client.query("set enable_seqscan = on");
    await expectNoScan();
  }, 120_000);

  test("a task among a thousand of its job is found by its whole key", async () => {
    for (const name of ["core", "full"]) {
      const plan = await planOf(STATEMENTS[name] ?? "");
      const probes = [...plan.matchAll(/using tasks_job_id_no_pk on tasks k.*\n\s*Index Cond: (.*)/g)].map(
        (match) => match[1],
      );
      expect(probes, plan).toHaveLength(name === "core" ? 1 : 3);
      for (const probe of probes) expect(probe).toMatch(/job_id = .* AND \(no = /);
    }
  });

  test("a statement that does read a whole table is noticed", async () => {
    await client.query("set enable_seqscan = on");
    expect(scans(await planOf("select * from tasks where params::text like $1"))).toHaveLength(1);
  });
});
