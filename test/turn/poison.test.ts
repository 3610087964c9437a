import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import { partitionOf } from "@/server/queue/partition";
import { insertSignals } from "@/server/store/signals";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { type EngineHost, hostEngine } from "./engine-host";

const QUARANTINED = JOB_STATUS.quarantined.code;
const by = { kind: "operator", id: "ana" } as const;

const one: BlueprintDocument = {
  name: "one",
  states: {
    work: { type: "task", start: true, task_type: "none", transitions: { success: "ask" } },
    ask: {
      type: "approval",
      message: "About ${state_history.about}?",
      deadline_seconds: 60,
      transitions: { approved: "done" },
    },
    done: { type: "end", outcome: "success" },
  },
};

const coded = defineBlueprint({
  name: "coded",
  states: {
    ask: handler({ to: ["done"] }, ({ actions }) =>
      actions.dispatchTask({ taskType: "none", transitions: { success: "done" } }),
    ),
    done: end({ outcome: "success" }),
  },
});

let database: TestDatabase;
const hosts: EngineHost[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
  await database.drop();
});

async function host(blueprints: Parameters<typeof hostEngine>[0]["blueprints"]): Promise<EngineHost> {
  const engine = await hostEngine({ databaseUrl: database.url, redisUrl: null, prefix: randomUUID(), blueprints });
  hosts.push(engine);
  return engine;
}

const cancel = (jobId: string) => ({ kind: "cancel", jobId, by }) as const;
const done = (jobId: string, about: string) =>
  ({ kind: "task_result", jobId, no: 3072, fence: 1, worker: "w", outcome: "success", data: { about } }) as const;

async function send(engine: EngineHost, signal: object & { jobId: string }): Promise<void> {
  const { jobId } = signal;
  await insertSignals(engine.database, [{ lane: partitionOf(jobId), jobId, body: JSON.stringify(signal) }]);
}

async function signalsLeft(engine: EngineHost): Promise<number> {
  return (await engine.database.pool.query("select count(*)::int as n from signals")).rows[0].n;
}

it("a signal that cannot be decided quarantines its job, is forgotten, and holds up nobody", async () => {
  const engine = await host([one]);
  const jobs = await Promise.all(Array.from({ length: 8 }, () => engine.start("one")));
  const bad = jobs[0] as string;
  const nameless = { ...done(bad, "x"), outcome: "failure", error: { code: "TRANSIENT_ERROR" } };
  await send(engine, nameless);
  await engine.until(bad, QUARANTINED);
  for (const until = Date.now() + 60_000; (await signalsLeft(engine)) > 0 && Date.now() < until; ) await sleep(20);
  expect(await signalsLeft(engine)).toBe(0);
  for (const job of jobs.slice(1)) expect(await engine.engine.apply(cancel(job))).toMatchObject({ applied: true });
});

it("a job whose history does not hold together fails alone, and who waits for it is told", async () => {
  const engine = await host([one]);
  const jobs = await Promise.all(Array.from({ length: 8 }, () => engine.start("one")));
  const broken = jobs[3] as string;
  await engine.database.pool.query("delete from events where job_id = $1 and seq = 3", [broken]);
  await engine.database.pool.query("update jobs set version = 9 where id = $1", [broken]);
  const answers = await Promise.allSettled(jobs.map((job) => engine.engine.apply(cancel(job))));
  for (const [index, answer] of answers.entries()) {
    expect(answer.status).toBe(jobs[index] === broken ? "rejected" : "fulfilled");
  }
});

it("who asks for a job whose code is nowhere to be had is told so", async () => {
  const first = await host([coded]);
  const job = await first.start("coded");
  const second = await host([]);
  await first.engine.stop();
  hosts.splice(hosts.indexOf(first), 1);
  await expect(second.engine.apply({ ...done(job, "x"), no: 4096 })).rejects.toThrow(
    /lacks the code of version 1 of coded .*It is kept/,
  );
});

it("who waits when an engine stops is answered, and so is who asks later", async () => {
  const engine = await host([one]);
  const job = await engine.start("one");
  await engine.engine.stop();
  await expect(engine.engine.apply(cancel(job))).rejects.toThrow();
});

it("data that cannot be stored quarantines the job, and the answer says so", async () => {
  const engine = await host([one]);
  const job = await engine.start("one");
  expect(await engine.engine.apply(done(job, "\u0000"))).toMatchObject({ applied: true, status: "quarantined" });
  await engine.until(job, QUARANTINED);
});

it("a retry that cannot be stored leaves an ended job as it is, and says so", async () => {
  const engine = await host([one]);
  const job = await engine.start("one");
  await engine.engine.apply(done(job, "cats"));
  await engine.engine.apply({ kind: "timer_fired", jobId: job, key: "approval" });
  // As if the history had come from elsewhere: the message that it makes now cannot be stored.
  await engine.database.pool.query(
    `update events set data = replace(data::text, 'cats', '\\u0000')::json where job_id = $1 and data::text like '%cats%'`,
    [job],
  );
  const other = await host([one]);
  await expect(other.engine.apply({ kind: "retry", jobId: job, by })).rejects.toThrow(/control character/);
  await engine.until(job, JOB_STATUS.failed.code);
});

it("rows that stay due for ever hide nothing that is due behind them", async () => {
  const engine = await host([one]);
  await engine.database.pool.query(
    `insert into tasks (job_id, no, status, type, params, due_at, created_at)
     select gen_random_uuid(), 1, 3, 'none', '{}', now() - interval '1 hour', now() from generate_series(1, 1500)`,
  );
  const job = await engine.start("one");
  await engine.engine.apply({
    ...done(job, "x"),
    outcome: "failure",
    error: { code: "TRANSIENT_ERROR", message: "x" },
  });
  await expect
    .poll(async () => (await engine.events(job)).some((event) => event.kind === EVENT_KIND.task_redelivered), {
      timeout: 15_000,
    })
    .toBe(true);
});
