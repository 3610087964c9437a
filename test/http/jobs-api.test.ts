import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, hostApi, WORKER_TOKEN } from "@/test/http/api-host";

let api: ApiHost;
beforeAll(async () => {
  api = await hostApi();
  await api.put(chain);
  await api.put(quick);
});
afterAll(() => api?.stop());

const quick = {
  name: "quick",
  labels: { customer: "${initial_data.customer}" },
  states: {
    begin: { type: "set", start: true, values: { seen: true }, to: "done" },
    done: { type: "end", outcome: "success", result: { seen: "${state_history.seen}" } },
  },
};

const chain = {
  name: "chain",
  input_schema: { type: "object", properties: { n: { type: "integer" } }, additionalProperties: true },
  states: {
    work: {
      type: "task",
      start: true,
      task_type: "double",
      params: { n: "${initial_data.n}" },
      transitions: { success: "done", failure: "failed" },
    },
    done: { type: "end", outcome: "success" },
    failed: { type: "end", outcome: "failure" },
  },
};

test("a job is started at its blueprint's endpoint, and its row, detail and history agree", async () => {
  const accepted = await api.call("POST", "/api/v1/jobs/quick", { initial_data: { customer: "acme" } });
  expect(accepted.status).toBe(202);
  expect(accepted.body).toEqual({ status: "accepted", job_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  const job = await api.until(accepted.body.job_id, "finished");
  expect(job).toMatchObject({
    id: accepted.body.job_id,
    display_status: "succeeded",
    current_state: "done",
    result: { seen: true },
    labels: { customer: "acme" },
    input: { customer: "acme" },
  });
  const history = await api.call("GET", `/api/v1/jobs/${job.id}/history`);
  expect(history.body.map((event: { seq: number }) => event.seq)).toEqual(
    history.body.map((_: unknown, index: number) => index + 1),
  );
  expect(history.body[0]).toMatchObject({
    event_type: "job_created",
    state: "begin",
    data: { starter: { kind: "client" } },
  });
  expect(history.body.at(-1).seq).toBe(job.version);
  const after = await api.call("GET", `/api/v1/jobs/${job.id}/history?after_seq=2&limit=1`);
  expect(after.body).toEqual([history.body[2]]);
  const rows = await api.call("GET", "/api/v1/jobs?label.customer=acme");
  expect(rows.body).toHaveLength(1);
  expect(rows.body[0]).toMatchObject({
    job_id: job.id,
    status: "finished",
    blueprint_name: "quick",
    created_at: job.created_at,
  });
});

test("a body without initial_data is the initial data, as in the reference", async () => {
  const accepted = await api.call("POST", "/api/jobs/quick", { customer: "bare" });
  const job = await api.until(accepted.body.job_id, "finished");
  expect(job.input).toEqual({ customer: "bare" });
});

test("a remote worker over HTTP does the task, and the job ends with its result", async () => {
  const headers = { "x-worker-token": WORKER_TOKEN, "x-worker-id": "curl-1" };
  const registered = await api.call(
    "POST",
    "/_worker/workers/register",
    { worker_id: "curl-1", supported_skills: [{ name: "double" }], capabilities: {}, max_concurrent_tasks: 2 },
    { token: null, headers },
  );
  expect(registered.status, JSON.stringify(registered.body)).toBe(200);
  const id = await api.start("chain", { n: 4 });
  const next = await api.call("GET", "/_worker/workers/curl-1/tasks/next", undefined, { token: null, headers });
  expect(next.body).toMatchObject({ job_id: id, params: { n: 4 } });
  const tasks = await api.call("GET", `/api/v1/jobs/${id}/tasks`);
  expect(tasks.body).toMatchObject([{ task_type: "double", attempt: 1 }]);
  const answer = {
    job_id: id,
    task_id: next.body.task_id,
    worker_id: "curl-1",
    status: "success",
    data: { doubled: 8 },
  };
  expect((await api.call("POST", "/_worker/tasks/result", answer, { token: null, headers })).status).toBe(200);
  const job = await api.until(id, "finished");
  expect(job.result).toMatchObject({ doubled: 8 });
  const workers = await api.call("GET", "/api/v1/workers");
  expect(workers.body).toMatchObject([
    { worker_id: "curl-1", kind: "http", version: null, status: "online", skills: ["double"] },
  ]);
  await api.call(
    "POST",
    "/_worker/workers/register",
    { worker_id: "curl-1" },
    {
      token: null,
      headers: { ...headers, "x-rxon-version": "1.0b12" },
    },
  );
  expect((await api.call("GET", "/api/v1/workers")).body).toMatchObject([{ worker_id: "curl-1", version: "1.0b12" }]);
});

test("the same Idempotency-Key twice is one job; another body under it is refused", async () => {
  const headers = { "idempotency-key": "order-1" };
  const body = { initial_data: { customer: "once", a: 1 } };
  const [first, second] = await Promise.all([
    api.call("POST", "/api/v1/jobs/quick", body, { headers }),
    api.call("POST", "/api/v1/jobs/quick", body, { headers }),
  ]);
  expect(second.body).toEqual(first.body);
  expect([first, second].map((answer) => answer.headers.get("idempotency-replayed")).sort()).toEqual(
    [null, "true"].sort(),
  );
  const reordered = await api.call(
    "POST",
    "/api/v1/jobs/quick",
    { initial_data: { a: 1, customer: "once" } },
    { headers },
  );
  expect(reordered.body).toEqual(first.body);
  const other = await api.call("POST", "/api/v1/jobs/quick", { initial_data: { customer: "other" } }, { headers });
  expect([other.status, other.body.code]).toEqual([422, "idempotency_conflict"]);
  expect((await api.call("GET", "/api/v1/jobs?label.customer=once")).body).toHaveLength(1);
});

test("pages of the list follow each other without repeating or losing a job", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) ids.push(await api.start("quick", { customer: "paged" }));
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<ApiHost["call"]>> = await api.call(
      "GET",
      `/api/v1/jobs?label.customer=paged&limit=3${cursor ? `&cursor=${cursor}` : ""}`,
    );
    seen.push(...page.body.map((row: { job_id: string }) => row.job_id));
    cursor = page.headers.get("x-next-cursor");
  } while (cursor);
  expect(seen).toEqual([...ids].reverse());
});

test("a waiting job says what it waits for, is found by what people see of it, and can be cancelled once", async () => {
  const id = await api.start("chain", { n: 1 });
  const row = (await api.call("GET", "/api/v1/jobs?status=queued")).body.find(
    (each: { job_id: string }) => each.job_id === id,
  );
  expect(row).toMatchObject({
    status: "waiting_for_worker",
    display_status: "queued",
    waiting_for: { detail: "double" },
  });
  expect((await api.call("GET", "/api/v1/jobs?status=running")).body).toEqual([]);
  const cancelled = await api.call("POST", `/api/v1/jobs/${id}/cancel`, { reason: "no longer needed" });
  expect(cancelled.body).toMatchObject({ status: "cancellation_request_accepted", job_id: id });
  const again = await api.call("POST", `/api/v1/jobs/${id}/cancel`);
  expect([again.status, again.body.error]).toEqual([404, "Job not found or already terminal."]);
  const history = (await api.call("GET", `/api/v1/jobs/${id}/history`)).body;
  expect(history.at(-1)).toMatchObject({
    event_type: "job_cancelled",
    data: { reason: "no longer needed", by: { kind: "client" } },
  });
});

test("input that breaks the blueprint's schema is refused with the field, and no job exists", async () => {
  const before = (await api.call("GET", "/api/v1/jobs?blueprint=chain")).body.length;
  const refused = await api.call("POST", "/api/v1/jobs/chain", { initial_data: { n: "four" } });
  expect(refused.status).toBe(400);
  expect(refused.body.error).toMatch(/^Input validation failed for blueprint 'chain': /);
  expect(refused.body.details[0].path).toBe("initial_data.n");
  expect((await api.call("GET", "/api/v1/jobs?blueprint=chain")).body).toHaveLength(before);
});

test("fields leaves out what nobody asked for", async () => {
  const id = await api.start("quick", { customer: "fields" });
  const job = await api.call("GET", `/api/v1/jobs/${id}?fields=status,state`);
  expect(Object.keys(job.body).sort()).toEqual(["id", "job_id", "state", "status"]);
});

test("the search finds a job by the beginning of its id, by label and by what stands in its row", async () => {
  const id = await api.start("quick", { customer: "Wayne & Söhne" });
  await api.start("quick", { customer: "Stark" });
  const found = async (q: string) =>
    (await api.call("GET", `/api/v1/jobs?q=${encodeURIComponent(q)}`)).body.map(
      (row: { job_id: string }) => row.job_id,
    );
  for (const q of [
    id,
    id.slice(0, 23),
    `job_${id}`,
    id.replaceAll("-", ""),
    "customer=Wayne & Söhne",
    "söhne",
    "WAYNE",
  ])
    expect([q, await found(q)]).toEqual([q, [id]]);
  expect((await found("quick")).length).toBeGreaterThan(1);
  for (const q of ["%", "nothing like it", "customer=Wayne"]) expect([q, await found(q)]).toEqual([q, []]);
  expect((await api.call("GET", "/api/v1/jobs?q=wayne&status=failed")).body).toEqual([]);
  expect((await api.call("GET", `/api/v1/jobs?from=${new Date(Date.now() + 3_600_000).toISOString()}`)).body).toEqual(
    [],
  );
});
