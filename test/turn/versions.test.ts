import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import {
  approval,
  choice,
  type DefinedBlueprint,
  defineBlueprint,
  end,
  handler,
} from "@/server/engine/blueprint/define";
import type { Signal } from "@/server/engine/signal";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { assertWhole, type EngineHost, hostEngine, hostWorker } from "./engine-host";

const FINISHED = JOB_STATUS.finished.code;
const QUARANTINED = JOB_STATUS.quarantined.code;
const by = { kind: "operator", id: "ana" } as const;

/** One name, a version for each release: the second state is another one. */
function release(word: string) {
  return defineBlueprint({
    name: "order",
    states: {
      ask: handler({ to: [word] }, ({ actions }) =>
        actions.dispatchTask({ taskType: "echo", params: { word }, transitions: { success: word } }),
      ),
      [word]: handler({ to: ["review"] }, ({ actions, stateHistory }) => {
        stateHistory.by = word;
        return actions.transitionTo("review");
      }),
      review: approval({
        message: "Good?",
        deadlineSeconds: 3600,
        transitions: { approved: "again", rejected: "done", expired: "again" },
      }),
      again: handler({ to: ["done"] }, ({ actions }) =>
        actions.dispatchTask({ taskType: "echo", params: { word }, transitions: { success: "done" } }),
      ),
      done: end({ outcome: "success" }),
    },
  });
}
const [old, next] = [release("old"), release("new")];

let database: TestDatabase;
let hosts: EngineHost[] = [];
const workers: { stop(): Promise<void> }[] = [];
let options: { databaseUrl: string; redisUrl: string | null; prefix: string };

async function host(
  blueprints: (DefinedBlueprint | BlueprintDocument)[],
  more: { versionPatienceMs?: number; consume?: boolean } = {},
) {
  const engine = await hostEngine({ ...options, blueprints, ...more });
  hosts.push(engine);
  return engine;
}

async function stop(engine: EngineHost): Promise<void> {
  hosts = hosts.filter((one) => one !== engine);
  await engine.stop();
}

async function work() {
  workers.push(await hostWorker(options, ["echo"], () => ({ data: { echoed: true } })));
}

async function query(text: string, values: unknown[] = []) {
  return (await (hosts[0] as EngineHost).database.pool.query(text, values)).rows;
}

const approvalOf = async (job: string) =>
  (await query("select no from approvals where job_id = $1 and status = 0", [job]))[0]?.no as number;
const decision = (jobId: string, no: number) =>
  ({ kind: "approval_decided", jobId, no, decision: "approved", by }) as const;
const errorOf = async (job: string) => (await query("select error from jobs where id = $1", [job]))[0]?.error;

beforeEach(async () => {
  database = await createTestDatabase();
  options = { databaseUrl: database.url, redisUrl: null, prefix: randomUUID() };
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  for (const engine of hosts.splice(0)) await engine.stop();
  await database.drop();
});

describe.each(["redis", "postgres"] as const)("engines of two releases on the %s queue", (kind) => {
  beforeEach(() => {
    if (kind === "redis") options = { ...options, redisUrl: testRedisUrl(), prefix: testKeyPrefix() };
  });

  it("side by side finish the jobs of both versions, and quarantine none", async () => {
    const first = await host([old]);
    const second = await host([next]);
    const jobs = await Promise.all(
      Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? first : second).start("order")),
    );
    await work();
    for (const job of jobs) await first.until(job, JOB_STATUS.waiting_for_human.code);
    // Each decision arrives at the engine that cannot carry it out.
    const answers = await Promise.all(
      jobs.map(async (job, index) =>
        (index % 2 === 0 ? second : first).engine.apply(decision(job, await approvalOf(job))),
      ),
    );
    expect(answers.filter((answer) => answer.applied)).toHaveLength(jobs.length);
    for (const job of jobs) await first.until(job, FINISHED);
    const results = await query("select result from jobs order by id");
    expect(results.filter(({ result }) => result.by === "old")).toHaveLength(30);
    expect(results.filter(({ result }) => result.by === "new")).toHaveLength(30);
    expect(await query("select id from signals")).toEqual([]);
    expect([...first.warnings, ...second.warnings]).toEqual([]);
    await assertWhole(database.url);
  });
});

it("a signal waits, once, for the release that has its version, and nothing is said twice meanwhile", async () => {
  const first = await host([old]);
  const job = await first.start("order");
  await work();
  await first.until(job, JOB_STATUS.waiting_for_human.code);
  await stop(first);
  const second = await host([next]);
  await query("update timers set due_at = now() where job_id = $1", [job]);
  await expect.poll(async () => (await query("select id from signals")).length, { timeout: 60_000 }).toBe(1);
  const [row] = await query("select id from signals");
  // Rounds of the housekeeper go by.
  await sleep(5_000);
  expect(await query("select id from signals")).toEqual([row]);
  expect(second.warnings).toEqual([]);
  const third = await host([old]);
  await third.until(job, FINISHED);
  expect(await query("select id from signals")).toEqual([]);
});

it("only when no engine has had the version for long enough does the job go to quarantine, and it can be requeued", async () => {
  const first = await host([old]);
  const [job, held] = [await first.start("order"), await first.start("order")];
  await stop(first);
  const patient = await host([next], { versionPatienceMs: 3_600_000 });
  await work();
  await expect
    .poll(async () => (await query("select count(distinct job_id)::int as n from signals"))[0].n, { timeout: 60_000 })
    .toBe(2);
  expect(await query("select status from jobs where status = $1", [QUARANTINED])).toEqual([]);
  await stop(patient);
  const hasty = await host([next], { versionPatienceMs: 200 });
  for (const id of [job, held]) await hasty.until(id, QUARANTINED);
  const error = await errorOf(job);
  expect(error.code).toBe("NO_ENGINE_FOR_VERSION");
  expect(error.message).toMatch(/no engine was running that has version 1 of order \([0-9a-f]{12}\)/);
  const last = (await hasty.events(job)).at(-1);
  expect(last).toMatchObject({ kind: EVENT_KIND.job_quarantined, data: { code: "NO_ENGINE_FOR_VERSION" } });
  await expect.poll(async () => (await query("select id from signals")).length).toBe(0);
  // What needs none of its code is done by anybody.
  expect(await hasty.engine.apply({ kind: "cancel", jobId: held, by })).toMatchObject({ applied: true });
  const again = await host([old]);
  expect(await hasty.engine.apply({ kind: "retry", jobId: job, by })).toMatchObject({ applied: true });
  await again.until(job, JOB_STATUS.waiting_for_human.code);
  await assertWhole(database.url);
});

it("a kind of signal that only a newer release knows is left to that, and dropped when there is none", async () => {
  const first = await host([old], { versionPatienceMs: 3_600_000 });
  const job = await first.start("order");
  const strange = { kind: "sing", jobId: job } as unknown as Signal;
  const waiting = first.engine.apply(strange).catch((error: unknown) => error);
  await expect.poll(async () => (await query("select needs from signals"))[0]?.needs).toContain("signal:sing");
  expect(String(await waiting)).toMatch(/lacks the code of order, and knows the signal sing.*Nothing was changed/);
  void first.engine.apply(strange).catch(() => undefined);
  await expect.poll(async () => (await query("select needs from signals")).length).toBe(1);
  await stop(first);
  const hasty = await host([old], { versionPatienceMs: 100 });
  await expect.poll(async () => (await query("select id from signals")).length, { timeout: 60_000 }).toBe(0);
  await expect.poll(() => hasty.warnings.join("\n")).toContain("signals that no engine knows were dropped");
  await work();
  await hasty.until(job, JOB_STATUS.waiting_for_human.code);
});

it("handlers, inline ones and conditions are told of the client as it was when the job was made", async () => {
  const told: unknown[] = [];
  const curious = defineBlueprint({
    name: "curious",
    states: {
      route: choice({ start: true, cases: [{ when: "client.plan == 'gold'", to: "at_once" }], default: "done" }),
      at_once: handler({ to: ["look"], inline: true }, ({ actions, client }) => {
        told.push(client);
        return actions.transitionTo("look");
      }),
      look: handler({ to: ["done"] }, ({ actions, client }) => {
        told.push(client);
        return actions.transitionTo("done");
      }),
      done: end({ outcome: "success" }),
    },
  });
  const engine = await host([curious]);
  const client = { plan: "gold", params: { seats: 3 }, config: { region: "eu" } };
  await engine.until(await engine.start("curious", {}, client), FINISHED);
  expect(told).toEqual([
    { id: 1, name: "1", ...client },
    { id: 1, name: "1", ...client },
  ]);
});

it.each(["gone", "broken"])(
  "the parent of a child whose %s version puts it into quarantine hears of it",
  async (how) => {
    const parent: BlueprintDocument = {
      name: "parent",
      states: {
        run: {
          type: "child",
          start: true,
          blueprint: "order",
          transitions: { success: "done", failure: "done", quarantined: "noticed" },
        },
        noticed: { type: "end", outcome: "failure" },
        done: { type: "end", outcome: "success" },
      },
    };
    const first = await host([old, parent]);
    const job = await first.start("parent");
    const child = async () => (await query("select id from jobs where parent_id = $1", [job]))[0]?.id as string;
    const tasks = async () => (await query("select no from tasks")).length;
    await expect.poll(tasks, { timeout: 60_000 }).toBe(1);
    if (how === "broken") await query("delete from events where job_id = $1 and seq = 2", [await child()]);
    await stop(first);
    const second = await host([how === "broken" ? old : next, parent], { versionPatienceMs: 200 });
    await work();
    await second.until(job, JOB_STATUS.failed.code);
    expect((await query("select state from jobs where id = $1", [job]))[0].state).toBe("noticed");
    expect((await errorOf(await child())).code).toBe(how === "gone" ? "NO_ENGINE_FOR_VERSION" : "CORRUPT_HISTORY");
    expect(await query("select id from signals")).toEqual([]);
  },
);

it("a request that no engine can carry out is taken back, and whoever asked is told so", async () => {
  const first = await host([old]);
  const job = await first.start("order");
  await work();
  await first.until(job, JOB_STATUS.waiting_for_human.code);
  const no = await approvalOf(job);
  await stop(first);
  const web = await host([next], { consume: false });
  await expect(web.engine.apply(decision(job, no))).rejects.toThrow(
    /lacks the code of version 1 .*Nothing was changed/,
  );
  expect(await query("select id from signals")).toEqual([]);
  expect(await web.engine.apply({ ...decision(job, no + 5) })).toMatchObject({ applied: false });
});

it("a history with a kind of event of a newer release is left to that, and a broken one is quarantined with the reason", async () => {
  const first = await host([old], { versionPatienceMs: 3_600_000 });
  const [newer, broken] = [await first.start("order"), await first.start("order")];
  await work();
  for (const job of [newer, broken]) await first.until(job, JOB_STATUS.waiting_for_human.code);
  const no = await approvalOf(newer);
  await stop(first);
  await (async () => {
    const second = await host([old]);
    await query("alter table events drop constraint events_kind");
    await query(
      "insert into events (job_id, seq, kind, at, data) select id, version + 1, 999, now(), '{}' from jobs where id = $1",
      [newer],
    );
    await query("update jobs set version = version + 1 where id = $1", [newer]);
    await query("delete from events where job_id = $1 and seq = 3", [broken]);
    await expect(second.engine.apply(decision(newer, no))).rejects.toThrow(/lacks the code of version 1/);
    await expect(second.engine.apply(decision(broken, await approvalOf(broken)))).rejects.toThrow(
      /history cannot be read/,
    );
  })();
  expect(await query("select status from jobs where id = $1", [newer])).toEqual([
    { status: JOB_STATUS.waiting_for_human.code },
  ]);
  expect((await errorOf(broken)).code).toBe("CORRUPT_HISTORY");
  expect(await query("select status from approvals where job_id = $1", [broken])).toEqual([{ status: 3 }]);
});
