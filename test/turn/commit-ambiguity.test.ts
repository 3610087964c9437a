import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import type { Lane } from "@/server/store/lane";
import { EngineBusyError } from "@/server/turn/engine-busy";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { assertWhole, type EngineHost, hostEngine, hostWorker } from "./engine-host";

const FINISHED = JOB_STATUS.finished.code;
const starter = { kind: "client", id: "1" } as const;

const echo: BlueprintDocument = {
  name: "echo",
  states: {
    work: { type: "task", start: true, task_type: "echo", transitions: { success: "done" } },
    done: { type: "end", outcome: "success" },
  },
};

let runs = 0;
const thinks = defineBlueprint({
  name: "thinks",
  states: {
    think: handler({ to: ["again"] }, ({ actions }) => {
      runs += 1;
      return actions.dispatchTask({ taskType: "echo", transitions: { success: "again" } });
    }),
    again: handler({ to: ["done"] }, ({ actions }) => {
      runs += 1;
      return actions.transitionTo("done");
    }),
    done: end({ outcome: "success" }),
  },
});

/** What becomes of the next calls: the answer is lost after the work was done, or before it. */
type Loss = "after" | "before";
const losses: { submit: Loss[]; commit: Loss[]; load: Loss[] } = { submit: [], commit: [], load: [] };

/** A lane on a link that breaks at chosen moments: what is sent is real, only its answer is not heard. */
function losing(lane: Lane): Lane {
  async function lose<T>(call: keyof typeof losses, work: () => Promise<T>): Promise<T> {
    const loss = losses[call].shift();
    if (loss === "before") throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    const result = await work();
    if (loss === "after") throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    return result;
  }
  return {
    ...lane,
    commit: (writes, extra) => lose("commit", () => lane.commit(writes, extra)),
    submit: (submissions, announced) => lose("submit", () => lane.submit(submissions, announced)),
    load: (ids) => lose("load", () => lane.load(ids)),
  };
}

let database: TestDatabase;
let engine: EngineHost;
const workers: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  runs = 0;
  for (const list of Object.values(losses)) list.length = 0;
  database = await createTestDatabase();
  engine = await hostEngine({ ...options(), wrapLane: losing });
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  await engine.stop();
  await assertWhole(database.url);
  await database.drop();
});

function options() {
  return { databaseUrl: database.url, redisUrl: null, prefix: randomUUID(), blueprints: [echo, thinks] };
}

async function worker(): Promise<void> {
  workers.push(await hostWorker(options(), ["echo"], () => ({ data: {} })));
}

async function jobs(): Promise<string[]> {
  return (await engine.database.pool.query("select id from jobs order by id")).rows.map((row) => row.id);
}

async function count(job: string, kind: keyof typeof EVENT_KIND): Promise<number> {
  return (await engine.events(job)).filter((event) => event.kind === EVENT_KIND[kind]).length;
}

it.each(["after", "before"] as const)("a submission whose answer is lost %s its commit is there once", async (when) => {
  losses.submit.push(when);
  const job = await engine.start("echo");
  expect(await jobs()).toEqual([job]);
  await worker();
  await engine.until(job, FINISHED);
});

it("a submission with a key whose answer is lost is the caller's, not somebody else's", async () => {
  const [row] = (await engine.database.pool.query("select id from blueprints where name = 'echo'")).rows;
  const request = {
    blueprintId: row.id,
    clientId: 1,
    starter,
    input: {},
    idempotency: { key: "k", requestHash: new Uint8Array([1]) },
  };
  losses.submit.push("after");
  const [first] = await engine.engine.startJobs([request]);
  expect(first).toMatchObject({ created: true, conflict: false });
  const [second] = await engine.engine.startJobs([request]);
  expect(second).toMatchObject({ created: false, conflict: false, jobId: first?.jobId });
});

it("the answer is found out also when looking for it fails at first", async () => {
  losses.submit.push("after");
  losses.load.push("before", "before");
  const job = await engine.start("echo");
  expect(await jobs()).toEqual([job]);
});

it("a handler whose entry got no answer starts at once, and once", async () => {
  losses.submit.push("after");
  const job = await engine.start("thinks");
  await worker();
  for (const end = Date.now() + 60_000; runs < 1 && Date.now() < end; ) await sleep(10);
  losses.commit.push("after", "after", "after");
  await engine.until(job, FINISHED);
  expect(runs).toBe(2);
  expect(await count(job, "handler_returned")).toBe(2);
});

it("callers whose commit got no answer hear the truth", async () => {
  const [one, two] = [await engine.start("echo"), await engine.start("echo")];
  const cancel = (jobId: string) => engine.engine.apply({ kind: "cancel", jobId, by: starter });
  losses.commit.push("after");
  expect(await cancel(one)).toMatchObject({ applied: true });
  expect(await count(one, "job_cancelled")).toBe(1);
  losses.commit.push("before");
  expect(await cancel(two)).toMatchObject({ applied: true });
  expect(await count(two, "job_cancelled")).toBe(1);
});

it("when one half of a batch is committed and the other breaks off, both callers hear the truth", async () => {
  const all = await Promise.all(Array.from({ length: 40 }, () => engine.start("echo")));
  const poisoned = all[0] ?? "";
  // A text that the database refuses: the batch is cut in halves.
  const data = { text: "\u0000" };
  const answers = all.map((jobId) =>
    jobId === poisoned
      ? engine.engine.apply({ kind: "task_result", jobId, no: 2048, fence: 1, worker: "w", outcome: "success", data })
      : engine.engine.apply({ kind: "cancel", jobId, by: starter }),
  );
  losses.commit.push(...([undefined, undefined, "after"] as unknown as Loss[]));
  for (const [index, answer] of (await Promise.allSettled(answers)).entries()) {
    if (all[index] === poisoned) continue;
    expect(answer).toMatchObject({ status: "fulfilled", value: { applied: true } });
    expect(await count(all[index] ?? "", "job_cancelled")).toBe(1);
  }
});

it("a lane that is full refuses what is new, and takes it again when it is not", async () => {
  const held: (() => void)[] = [];
  const slow = await hostEngine({
    ...options(),
    consume: false,
    wrapLane: (lane) => ({
      ...lane,
      async submit(submissions, announced) {
        await new Promise<void>((resolve) => held.push(resolve));
        return lane.submit(submissions, announced);
      },
    }),
  });
  const starts = Array.from({ length: 6_000 }, () => slow.start("echo").catch((error: unknown) => error));
  await sleep(500);
  const settle = setInterval(() => {
    for (const go of held.splice(0)) go();
  }, 5);
  const results = await Promise.all(starts);
  const refused = results.filter((result) => result instanceof EngineBusyError);
  expect(refused.length).toBeGreaterThan(0);
  const made = results.filter((result) => typeof result === "string");
  expect(made.length + refused.length).toBe(6_000);
  expect(typeof (await slow.start("echo"))).toBe("string");
  expect((await jobs()).length).toBe(made.length + 1);
  clearInterval(settle);
  await slow.stop();
});
