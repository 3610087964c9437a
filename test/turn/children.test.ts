import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { assertWhole, type EngineHost, type HostOptions, hostEngine, hostWorker } from "./engine-host";

const { finished, failed, cancelled, quarantined, waiting_for_sub_job: waitingForChild } = JOB_STATUS;
const by = { kind: "operator", id: "ana" } as const;

const child: BlueprintDocument = {
  name: "kid",
  input_schema: { type: "object", required: ["n"], properties: { n: { type: "number" } } },
  labels: { size: "${initial_data.n}" },
  states: {
    work: {
      type: "task",
      start: true,
      task_type: "echo",
      params: { n: "${initial_data.n}" },
      transitions: { success: "done" },
    },
    done: { type: "end", outcome: "success", result: { doubled: "${state_history.n * 2}" } },
  },
};

const parent: BlueprintDocument = {
  name: "mother",
  states: {
    ask: {
      type: "child",
      start: true,
      blueprint: "kid",
      input: { n: "${initial_data.n}" },
      transitions: { success: "done", failure: "sad" },
    },
    done: { type: "end", outcome: "success", result: { got: "${state_history.ask.result.doubled}" } },
    sad: { type: "end", outcome: "failure" },
  },
};

const quick: BlueprintDocument = {
  name: "quick",
  states: {
    count: { type: "set", start: true, values: { x: 1 }, to: "done" },
    done: { type: "end", outcome: "success" },
  },
};

const twice: BlueprintDocument = {
  name: "twice",
  states: {
    first: { type: "child", start: true, blueprint: "quick", transitions: { success: "second", failure: "sad" } },
    second: { type: "child", blueprint: "mother", input: { n: 4 }, transitions: { success: "done", failure: "sad" } },
    done: { type: "end", outcome: "success", result: "${state_history.second.result.got}" },
    sad: { type: "end", outcome: "failure" },
  },
};

/** A blueprint that starts itself. */
const endless: BlueprintDocument = {
  name: "endless",
  states: {
    again: { type: "child", start: true, blueprint: "endless", transitions: { success: "done", failure: "sad" } },
    done: { type: "end", outcome: "success" },
    sad: { type: "end", outcome: "failure" },
  },
};

describe.each(["redis", "postgres"] as const)("child jobs with the %s queue", (kind) => {
  let database: TestDatabase;
  let options: HostOptions;
  let host: EngineHost;
  const workers: { stop(): Promise<void> }[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    options = {
      databaseUrl: database.url,
      redisUrl: kind === "redis" ? inject("redisUrl") : null,
      prefix: `c:${randomUUID()}:`,
      blueprints: [child, parent, quick, twice, endless],
    };
    host = await hostEngine(options);
  });

  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await host.stop();
    await assertWhole(database.url);
    await database.drop();
  });

  async function worker(work: Parameters<typeof hostWorker>[2]): Promise<void> {
    workers.push(await hostWorker(options, ["echo"], work));
  }

  const echo = (params: string | null) => JSON.parse(params ?? "{}") as JsonObject;

  async function row(jobId: string) {
    const { rows } = await host.database.pool.query(
      "select id, status, result, error, parent_id, parent_task, labels from jobs where id = $1",
      [jobId],
    );
    return rows[0];
  }

  async function childOf(jobId: string): Promise<string> {
    const { rows } = await host.database.pool.query("select id from jobs where parent_id = $1 order by id", [jobId]);
    return rows.at(-1)?.id;
  }

  it("the child's result goes up, and its row names its parent", async () => {
    await worker(({ params }) => ({ data: echo(params) }));
    const job = await host.start("mother", { n: 21 });
    await host.until(job, finished.code);
    expect((await row(job)).result).toEqual({ got: 42 });
    const kid = await row(await childOf(job));
    expect(kid).toMatchObject({ status: finished.code, parent_id: job, labels: { size: "21" } });
    const kinds = (await host.events(job)).map((event) => event.kind);
    expect(kinds.filter((one) => one === EVENT_KIND.child_ended)).toHaveLength(1);
  });

  it("children that end at once, and children of children, need nobody", async () => {
    await worker(({ params }) => ({ data: echo(params) }));
    const job = await host.start("twice");
    await host.until(job, finished.code);
    expect((await row(job)).result).toBe(8);
  });

  it("a child that fails, is cancelled or given up fails its parent's step; one in quarantine keeps it waiting", async () => {
    await worker(() => ({ code: "INVALID_INPUT_ERROR" }));
    const first = await host.start("mother", { n: 1 });
    await host.until(first, failed.code);

    await workers.splice(0)[0]?.stop();
    const second = await host.start("mother", { n: 2 });
    const kid = await childOf(second);
    await host.engine.apply({ kind: "cancel", jobId: kid, by });
    await host.until(second, failed.code);

    await worker(() => ({ code: "PERMANENT_ERROR" }));
    const third = await host.start("mother", { n: 3 });
    const stuck = await childOf(third);
    await host.until(stuck, quarantined.code);
    await sleep(300);
    expect((await row(third)).status).toBe(waitingForChild.code);
    await host.engine.apply({ kind: "give_up", jobId: stuck, by });
    await host.until(third, failed.code);
  });

  it("cancelling goes down", async () => {
    const job = await host.start("mother", { n: 1 });
    const kid = await childOf(job);
    await host.engine.apply({ kind: "cancel", jobId: job, by });
    await host.until(kid, cancelled.code);
    const { rows } = await host.database.pool.query("select count(*)::int as open from tasks");
    expect(rows[0].open).toBe(0);
  });

  it("an input that breaks the child's schema, and blueprints that start each other, fail the step", async () => {
    const wrong = await host.start("mother", { n: "x" });
    await host.until(wrong, failed.code);
    expect(await childOf(wrong)).toBeUndefined();
    const deep = await host.start("endless");
    await host.until(deep, failed.code);
    const { rows } = await host.database.pool.query("select count(*)::int as n from jobs where parent_id is not null");
    expect(rows[0].n).toBe(16);
  });

  it("a parent hears of its child's end although its engine died before it could tell", async () => {
    const job = await host.start("mother", { n: 5 });
    const kid = await childOf(job);
    const task = (await host.events(kid)).find((event) => event.kind === EVENT_KIND.task_dispatched);
    // An engine that only commits: it wakes nobody.
    const other = await hostEngine({ ...options, blueprints: [], consume: false });
    const no = Number(task?.data.n);
    await other.engine.apply({
      kind: "task_result",
      jobId: kid,
      no,
      fence: 1,
      worker: "w",
      outcome: "success",
      data: { n: 5 },
    });
    await other.stop();
    await host.until(job, finished.code);
  });
});
