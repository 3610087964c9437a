import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { EVENT_KIND, type EventKind } from "@/lib/job-event";
import { examine } from "@/server/doctor/examine";
import type { Signal } from "@/server/engine/signal";
import type { ApplyResult } from "@/server/turn/engine-contract";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { assertWhole, type EngineHost, hostEngine } from "./engine-host";

const AT_ONCE = 50;
const ROUNDS = Number(process.env.TURN_MODEL_ROUNDS ?? 5);

const blueprint: BlueprintDocument = {
  name: "race",
  states: {
    work: { type: "task", start: true, task_type: "a", transitions: { success: "ask", other: "ask" } },
    ask: { type: "approval", message: "?", transitions: { approved: "won", rejected: "lost" } },
    won: { type: "end", outcome: "success" },
    lost: { type: "end", outcome: "failure" },
  },
};

let database: TestDatabase;
let engines: EngineHost[];
let jobId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const options = { databaseUrl: database.url, redisUrl: null, prefix: "p:", blueprints: [blueprint], consume: false };
  engines = [await hostEngine(options), await hostEngine(options)];
});
afterAll(async () => {
  const [first] = engines;
  if (first) {
    const { findings } = await examine(first.database, { blueprints: null, limitMs: 60_000 });
    expect(findings.filter(({ count }) => count > 0)).toEqual([]);
  }
  for (const engine of engines) await engine.stop();
  await assertWhole(database.url);
  await database.drop();
});
beforeEach(async () => {
  jobId = (await engines[0]?.start("race")) ?? "";
});
afterEach(async () => {
  const events = (await engines[0]?.events(jobId)) ?? [];
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
});

/** Says it fifty times at once, at the doors of both engines; returns what became of each. */
function atOnce(say: (index: number) => Signal): Promise<ApplyResult[]> {
  return Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => (engines[index % 2] as EngineHost).engine.apply(say(index))),
  );
}

async function happened(kind: EventKind): Promise<number> {
  const events = (await engines[0]?.events(jobId)) ?? [];
  return events.filter((event) => event.kind === EVENT_KIND[kind]).length;
}

async function numberOf(table: "tasks" | "approvals"): Promise<number> {
  const { rows } = (await engines[0]?.database.pool.query(`select no from ${table} where job_id = $1`, [jobId])) ?? {
    rows: [],
  };
  return rows[0].no;
}

function winnersOf(said: ApplyResult[]): number[] {
  return said.flatMap((one, index) => (one.applied ? [index] : []));
}

const reasons = (said: ApplyResult[]) => new Set(said.flatMap((one) => (one.applied ? [] : [one.reason])));

describe.each(Array.from({ length: ROUNDS }, (_, round) => round))("fifty at once, round %i", (round) => {
  const result = (no: number, index: number): Signal => {
    const data = { from: index };
    return {
      kind: "task_result",
      jobId,
      no,
      fence: 1,
      worker: `w${index}`,
      outcome: index % 2 ? "other" : "success",
      data,
    };
  };

  async function toApproval(): Promise<number> {
    await engines[round % 2]?.engine.apply(result(await numberOf("tasks"), 0));
    return numberOf("approvals");
  }

  it("results of one attempt: one counts, and the history has it", async () => {
    const no = await numberOf("tasks");
    const said = await atOnce((index) => result(no, index));
    expect(winnersOf(said)).toHaveLength(1);
    expect([...reasons(said)]).toEqual(["stale_task"]);
    expect(await happened("task_finished")).toBe(1);
    const finished = (await engines[0]?.events(jobId))?.find((event) => event.kind === EVENT_KIND.task_finished);
    expect(finished?.data).toMatchObject({ r: { from: winnersOf(said)[0] } });
  });

  it("decisions on one question: one counts, and all others hear who it was", async () => {
    const no = await toApproval();
    const said = await atOnce((index) => ({
      kind: "approval_decided",
      jobId,
      no,
      decision: index % 2 ? "approved" : "rejected",
      by: { kind: "operator", id: `p${index}` },
    }));
    const [winner] = winnersOf(said);
    expect(winnersOf(said)).toHaveLength(1);
    expect([...reasons(said)]).toEqual(["already_decided"]);
    const told = new Set(said.flatMap((one) => (one.applied ? [] : [one.by?.id])));
    expect([...told]).toEqual([`p${winner}`]);
    expect(await happened("approval_decided")).toBe(1);
  });

  it("cancels: one counts", async () => {
    const said = await atOnce((index) => ({ kind: "cancel", jobId, by: { kind: "client", id: `${index}` } }));
    expect(winnersOf(said)).toHaveLength(1);
    expect([...reasons(said)]).toEqual(["job_cancelled"]);
    expect(await happened("job_cancelled")).toBe(1);
  });

  it("decisions, cancels and late results together: one end, and nothing after it", async () => {
    const no = await toApproval();
    const said = await atOnce((index) => {
      if (index % 3 === 0) return { kind: "cancel", jobId, by: { kind: "client", id: `${index}` } };
      if (index % 3 === 1) return result(no, index);
      return { kind: "approval_decided", jobId, no, decision: "approved", by: { kind: "operator", id: `p${index}` } };
    });
    expect(winnersOf(said)).toHaveLength(1);
    expect((await happened("job_cancelled")) + (await happened("job_completed"))).toBe(1);
    const events = (await engines[0]?.events(jobId)) ?? [];
    expect([EVENT_KIND.job_cancelled, EVENT_KIND.job_completed]).toContain(events.at(-1)?.kind);
  });
});
