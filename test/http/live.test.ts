import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, CLIENT_TOKEN, hostApi, WORKER_TOKEN } from "@/test/http/api-host";
import { changesOf, eventsOf, openStream } from "@/test/http/event-stream";

const approval = {
  name: "steps",
  states: {
    first: { type: "set", start: true, values: { a: 1 }, to: "ask" },
    ask: {
      type: "approval",
      message: "Go on?",
      approvers: ["client:owner"],
      transitions: { approved: "again", rejected: "done" },
    },
    again: {
      type: "approval",
      message: "And again?",
      approvers: ["client:owner"],
      transitions: { approved: "done", rejected: "ask" },
    },
    done: { type: "end", outcome: "success" },
  },
};

let api: ApiHost;
let origin: string;
beforeAll(async () => {
  api = await hostApi();
  origin = await api.listen();
  await api.put(approval);
});
afterAll(() => api?.stop());

/** Decides a job's open approval, which makes a handful of events. */
async function decide(jobId: string, decision: string): Promise<void> {
  const job = await api.until(jobId, "waiting_for_human");
  const answer = await api.call("POST", `/api/v1/approvals/${job.approval_id}/decide`, { decision });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
}

const numbers = (events: { seq: number }[]) => events.map((event) => event.seq);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

test("a job's stream begins with what was asked for and goes on without gap or repetition", async () => {
  const id = await api.start("steps");
  const { version } = await api.until(id, "waiting_for_human");
  const stream = await openStream(`${origin}/api/v1/jobs/${id}/events/stream?after_seq=2`);
  await stream.until((messages) => eventsOf(messages, id).length === version - 2);
  await decide(id, "approved");
  await decide(id, "rejected");
  await decide(id, "approved");
  await decide(id, "approved");
  const job = await api.until(id, "finished");
  await stream.until((messages) => eventsOf(messages, id).at(-1)?.seq === job.version);
  expect(numbers(eventsOf(stream.messages, id))).toEqual(upTo(job.version, 3));
  const history = await api.call("GET", `/api/v1/jobs/${id}/history?after_seq=2`);
  expect(history.body).toMatchObject(eventsOf(stream.messages, id));
  stream.close();
});

test("who comes back with the last id gets exactly what was missed", async () => {
  const id = await api.start("steps");
  const url = `${origin}/api/v1/live?jobs=*,${id}`;
  const before = await openStream(url);
  await before.until((messages) => messages.some((message) => message.event === "tick"));
  const start = (await api.until(id, "waiting_for_human")).version;
  await decide(id, "approved");
  const middle = (await api.until(id, "waiting_for_human")).version;
  await before.until((messages) => eventsOf(messages, id).at(-1)?.seq === middle);
  const lastEventId = before.lastId() ?? "";
  before.close();
  await decide(id, "approved");
  const end = await api.until(id, "finished");
  const after = await openStream(url, { "x-client-token": CLIENT_TOKEN, "last-event-id": lastEventId });
  await after.until((messages) => eventsOf(messages, id).at(-1)?.seq === end.version);
  const heard = numbers([...eventsOf(before.messages, id), ...eventsOf(after.messages, id)]);
  expect(heard).toEqual(upTo(end.version, Math.min(heard[0] ?? 0, start + 1)));
  expect(changesOf(after.messages).findLast((change) => change.job_id === id)).toMatchObject({
    version: end.version,
    status: "finished",
    display_status: "succeeded",
  });
  after.close();
});

test("a cursor from elsewhere, or none at all that can be read, is answered with resync", async () => {
  for (const lastEventId of ["1:5", "nonsense", "7236470165:99999999999999"]) {
    const stream = await openStream(`${origin}/api/v1/live`, {
      "x-client-token": CLIENT_TOKEN,
      "last-event-id": lastEventId,
    });
    await stream.until((messages) => messages.some((message) => message.event === "resync"));
    stream.close();
  }
});

test("a client hears of its own jobs only, an operator of all", async () => {
  const token = await api.client("other-client");
  const cookie = await api.signIn();
  const theirs = await openStream(`${origin}/api/v1/live`, { "x-client-token": token });
  const everybody = await openStream(`${origin}/api/v1/live`, { cookie });
  expect([theirs.status, everybody.status]).toEqual([200, 200]);
  const id = await api.start("steps");
  await everybody.until((messages) => changesOf(messages).some((change) => change.job_id === id));
  await theirs.until((messages) => messages.some((message) => message.event === "tick"));
  expect(changesOf(theirs.messages)).toEqual([]);
  expect((await fetch(`${origin}/api/v1/live?jobs=${id}`, { headers: { "x-client-token": token } })).status).toBe(404);
  theirs.close();
  everybody.close();
});

test("changes reach everybody who listens, committed while nobody published a line too", async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, () => openStream(`${origin}/api/v1/live`)));
  const ids = await Promise.all(Array.from({ length: 30 }, () => api.start("steps")));
  for (const stream of streams) {
    await stream.until((messages) => {
      const seen = new Set(changesOf(messages).map((change) => change.job_id));
      return ids.every((id) => seen.has(id));
    });
    stream.close();
  }
  expect(streams.every((stream) => changesOf(stream.messages).every((change) => change.version > 0))).toBe(true);
});

test("a browser that does not read is dropped, and the others go on", async () => {
  const address = new URL(origin);
  const socket = connect(Number(address.port), address.hostname);
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(`GET /api/v1/live HTTP/1.1\r\nhost: ${address.host}\r\nx-client-token: ${CLIENT_TOKEN}\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  const reader = await openStream(`${origin}/api/v1/live`);
  const bus = api.deps as unknown as { live: { note(change: object): void } };
  const big = "s".repeat(20_000);
  for (let n = 1; n <= 3_000; n++) {
    bus.live.note({
      jobId: `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`,
      version: n,
      status: "running",
      state: big,
      clientId: 2,
      blueprint: "x",
      started: true,
    });
    if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 60));
    if (socket.destroyed || (await dropped()) > 0) break;
  }
  expect(await dropped()).toBeGreaterThan(0);
  socket.destroy();
  await closed;
  const id = await api.start("steps");
  await reader.until((messages) => changesOf(messages).some((change) => change.job_id === id));
  reader.close();
});

async function dropped(): Promise<number> {
  const { values } = await api.deps.metrics.liveDropped.get();
  return values[0]?.value ?? 0;
}

test("stopping tells browsers when to come back, and ends their streams", async () => {
  const other = await hostApi({ redis: false });
  const stream = await openStream(`${await other.listen()}/api/v1/live`);
  await stream.until((messages) => messages.length > 0);
  await other.deps.live.stop();
  await stream.ended;
  await other.stop();
});

test("progress of a watched job's task is told as its last value", async () => {
  await api.put({
    name: "slow",
    states: {
      work: { type: "task", start: true, task_type: "crawl", transitions: { success: "done" } },
      done: { type: "end", outcome: "success" },
    },
  });
  const headers = { "x-worker-token": WORKER_TOKEN, "x-worker-id": "crawler" };
  const worker = (method: string, path: string, body?: object) =>
    api.call(method, `/_worker${path}`, body, { token: null, headers });
  const registration = { worker_id: "crawler", supported_skills: [{ name: "crawl" }], capabilities: {} };
  expect((await worker("POST", "/workers/register", registration)).status).toBe(200);
  const id = await api.start("slow");
  const stream = await openStream(`${origin}/api/v1/jobs/${id}/events/stream`);
  const task = (await worker("GET", "/workers/crawler/tasks/next")).body;
  expect(task).toMatchObject({ job_id: id });
  const event = {
    event_id: "e1",
    worker_id: "crawler",
    origin_worker_id: "crawler",
    origin_task_id: task.task_id,
    task_id: task.task_id,
    job_id: id,
    event_type: "progress",
    payload: { task_id: task.task_id, job_id: id, progress: 0.25, message: "a quarter" },
  };
  const told = async () => {
    const answer = await worker("POST", "/events", event);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  };
  // Only a task that counts as started shows its progress.
  await api.until(id, "waiting_for_worker");
  for (let n = 0; n < 100 && (await api.call("GET", `/api/v1/jobs/${id}`)).body.display_status !== "running"; n++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await told();
  await stream.until((messages) => messages.some((message) => message.event === "progress"));
  const progress = JSON.parse(stream.messages.find((message) => message.event === "progress")?.data ?? "{}");
  expect(progress).toMatchObject({ job_id: id, tasks: [{ progress: 0.25, message: "a quarter" }] });
  expect((await api.call("GET", `/api/v1/jobs/${id}`)).body).toMatchObject({
    progress: 0.25,
    progress_detail: { done: 0.25, total: 1 },
  });
  stream.close();
});
