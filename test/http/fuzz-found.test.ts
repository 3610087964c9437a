import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, hostApi } from "@/test/http/api-host";

/** Faults that the fuzz run found once. */

let api: ApiHost;
beforeAll(async () => {
  api = await hostApi();
  const done = { type: "end", outcome: "success" };
  const work = { type: "task", start: true, task_type: "idle", transitions: { success: "done" } };
  await api.put({ name: "works", states: { work, done } });
  await api.put({ name: "ranked", states: { work: { ...work, priority: 1e-200 }, done } });
});
afterAll(() => api?.stop());

test("a priority closer to zero than the database can hold counts as zero", async () => {
  const started = await api.call("POST", "/api/v1/jobs/works", { initial_data: {}, priority: 1e-323 });
  expect(started.status).toBe(202);
  const changed = await api.call("POST", `/api/v1/jobs/${started.body.job_id}/priority`, { priority: -1e-200 });
  expect(changed.status).toBe(200);
  const detail = await api.call("GET", `/api/v1/jobs/${started.body.job_id}`);
  expect([detail.status, detail.body.priority]).toEqual([200, -1e-200]);
  const ranked = await api.start("ranked");
  for (const job of [started.body.job_id, ranked])
    expect((await api.call("GET", `/api/v1/jobs/${job}/tasks`)).body[0].priority).toBe(0);
});

test("a history after the last number that there can be is empty", async () => {
  const job = await api.start("works");
  const after = (seq: number) => api.call("GET", `/api/v1/jobs/${job}/history?after_seq=${seq}`);
  expect(await after(2_147_483_647)).toMatchObject({ status: 200, body: [] });
  expect((await after(1)).body[0]).toMatchObject({ seq: 2, state: "work" });
});
