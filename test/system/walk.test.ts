import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyEvents } from "@/lib/apply-event";
import { jobOverlay } from "@/lib/graph/job-overlay";
import type { HistoryEvent } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { emptyJobView, type JobView } from "@/lib/job-view";
import { createKeys } from "@/server/queue/keys";
import { decodeTask } from "@/server/queue/task-entry";
import { eventsOf, openStream } from "@/test/http/event-stream";
import { type System, startSystem } from "@/test/support/system";

const oneTask = {
  name: "one_task",
  states: {
    square: {
      type: "task",
      start: true,
      task_type: "demo_square",
      params: { n: "${initial_data.n}" },
      transitions: { success: "done", failure: "failed" },
    },
    done: { type: "end", outcome: "success", result: { square: "${state_history.square}" } },
    failed: { type: "end", outcome: "failure" },
  },
};

let system: System;
let redis: Redis;

beforeAll(async () => {
  system = await startSystem();
  if (!system.redis) throw new Error("the walk goes through Redis");
  redis = new Redis(system.redis.url);
}, 180_000);

afterAll(async () => {
  redis?.disconnect();
  await system?.stop();
});

test("one job, followed from the request to what the page draws", { timeout: 180_000 }, async () => {
  await system.put(oneTask);
  // Nobody takes the task until the walk has come to the worker.
  expect(await system.end("worker")).toBe(0);

  // Request and token.
  const body = { initial_data: { n: 12 } };
  expect(await system.api("POST", "/api/v1/jobs/one_task", body, { "x-client-token": "x".repeat(43) })).toMatchObject({
    status: 401,
    body: { code: "invalid_token" },
  });
  const accepted = await system.api("POST", "/api/v1/jobs/one_task", body);
  expect(accepted).toMatchObject({ status: 202, body: { status: "accepted" } });
  const jobId: string = accepted.body.job_id;
  expect(accepted.headers.get("location")).toBe(`/api/v1/jobs/${jobId}`);

  // Commit: job, events and task are in Postgres.
  const [row] = await system.rows(
    `select status, version, state, (select name from clients where id = client_id) as client,
            (select array_agg(seq order by seq) from events where job_id = jobs.id) as seqs
     from jobs where id = $1`,
    [jobId],
  );
  expect(row).toEqual({
    status: JOB_STATUS.waiting_for_worker.code,
    version: 3,
    state: "square",
    client: expect.any(String),
    seqs: [1, 2, 3],
  });
  const [task] = await system.rows("select no, type, fence, attempt, params from tasks where job_id = $1", [jobId]);
  expect(task).toMatchObject({ type: "demo_square", fence: 1, attempt: 1, params: { n: 12 } });

  // Stream: the message is a copy of the row.
  const stream = createKeys(system.redis?.prefix).taskStream("demo_square");
  await system.until("the task is in the stream", async () => (await redis.xlen(stream)) === 1);
  const [entry] = await redis.xrange(stream, "-", "+");
  const message = decodeTask("demo_square", entry?.[1][1] ?? "");
  expect(message).toMatchObject({ jobId, no: task.no, fence: 1, blueprint: "one_task" });
  expect(JSON.parse(message.params ?? "null")).toEqual({ n: 12 });

  // Live events and reducer, before the worker.
  const live = await openStream(`${system.url}/api/v1/jobs/${jobId}/events/stream`, {
    "x-client-token": system.clientToken,
  });
  try {
    const seen = () => eventsOf(live.messages, jobId) as HistoryEvent[];
    await system.until("the first events came over the stream", () => seen().length >= 3);
    const before = applyEvents(emptyJobView(), seen());
    expect(before.steps).toMatchObject([
      { state: "square", status: "queued", tasks: [{ no: task.no, type: "demo_square" }] },
    ]);
    expect(await drawn(jobId, before)).toMatchObject({ square: "queued", done: "not_reached" });

    // Worker, result, transition.
    await system.restart("worker");
    await system.until("the last event came over the stream", () => seen().at(-1)?.event_type === "job_completed");
    const events = seen();
    expect(events.map((event) => event.event_type)).toEqual([
      "job_created",
      "state_entered",
      "task_dispatched",
      "task_finished",
      "state_entered",
      "job_completed",
    ]);
    // What a token is answered has the reference's members beside them.
    expect(await system.history(jobId)).toMatchObject(events);
    expect(events[3]?.data).toMatchObject({ n: task.no, fence: 1, outcome: "success", r: { n: 12, square: 144 } });
    expect(await system.untilJob(jobId, "finished")).toMatchObject({ result: { square: 144 }, version: 6 });

    // Reducer and pixel.
    const after = applyEvents(before, events);
    expect(after).toMatchObject({ version: 6, ended: "succeeded" });
    expect(after.steps.map(({ state, status }) => [state, status])).toEqual([
      ["square", "succeeded"],
      ["done", "succeeded"],
    ]);
    expect(await drawn(jobId, after)).toEqual({ square: "succeeded", done: "succeeded", failed: "not_reached" });
  } finally {
    live.close();
  }

  // Nothing is left on the way.
  await system.until("the stream is empty", async () => (await redis.xlen(stream)) === 0);
  expect(await system.rows("select no from tasks where job_id = $1", [jobId])).toEqual([]);
});

/** The status of every node, as the job page lays it over the graph. */
async function drawn(jobId: string, view: JobView): Promise<Record<string, string>> {
  const { graph } = (await system.api("GET", `/api/v1/jobs/${jobId}/graph`)).body;
  return Object.fromEntries([...jobOverlay(graph, view).nodes].map(([state, node]) => [state, node.status]));
}
