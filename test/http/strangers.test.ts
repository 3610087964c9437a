import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, type Call, hostApi, WORKER_TOKEN } from "@/test/http/api-host";

/** Of those who come with nothing, with too little, or with what was taken back from them. */
let api: ApiHost;
let url: string;

beforeAll(async () => {
  api = await hostApi({ environment: { RATE_LIMIT_LIMIT: "40", RATE_LIMIT_PERIOD: "3600" } });
  url = await api.listen();
});
afterAll(() => api?.stop());

const asWorker = (
  worker: string,
  method: string,
  path: string,
  body?: unknown,
  token = WORKER_TOKEN,
): Promise<{ status: number; text: string }> =>
  fetch(`${url}${path}`, {
    method,
    headers: { "x-worker-token": token, "x-worker-id": worker, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  }).then(async (answer) => ({ status: answer.status, text: await answer.text() }));

const register = (worker: string, token?: string) =>
  asWorker(worker, "POST", "/_worker/workers/register", { worker_id: worker, supported_skills: ["print"] }, token);

async function makeToken(body: object): Promise<{ id: number; token: string }> {
  const made: Call = await api.call("POST", "/api/v1/worker-tokens", body);
  expect(made.status).toBe(201);
  return { id: made.body.worker_token.id, token: made.body.token };
}

/** What a bare socket is answered; whole, or as much as came within two seconds. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let heard = "";
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on("data", (bytes) => {
      heard += bytes;
    });
    socket.on("close", () => resolve(heard));
    socket.on("error", reject);
  });
}

test("a worker whose own token is disabled is let in by no other; deleted, by the one for everybody", async () => {
  const { id, token } = await makeToken({ name: "own-of-plotter", worker: "plotter-1" });
  expect((await register("plotter-1", token)).status).toBe(200);
  expect((await register("plotter-1")).status).toBe(401);
  const wide = await makeToken({ name: "all-plotters", worker: "plotter-*" });
  await api.call("PATCH", `/api/v1/worker-tokens/${id}`, { disabled: true });
  await expect.poll(() => register("plotter-1", token).then(({ status }) => status), { timeout: 8_000 }).toBe(401);
  expect((await register("plotter-1")).status).toBe(401);
  expect((await register("plotter-1", wide.token)).status).toBe(401);
  expect((await register("plotter-2", wide.token)).status).toBe(200);
  await api.call("PATCH", `/api/v1/worker-tokens/${wide.id}`, { disabled: true });
  await expect.poll(() => register("plotter-2", wide.token).then(({ status }) => status), { timeout: 8_000 }).toBe(401);
  expect((await register("plotter-2")).status).toBe(401);
  for (const each of [id, wide.id]) await api.call("DELETE", `/api/v1/worker-tokens/${each}`);
  await expect.poll(() => register("plotter-1").then(({ status }) => status), { timeout: 8_000 }).toBe(200);
});

test("a pattern of many stars is compared at once with whatever name a stranger gives", async () => {
  const pattern = `${"*a".repeat(50)}*b`;
  await makeToken({ name: "many-stars", worker: pattern });
  expect((await register("a".repeat(128), "a wrong token")).status).toBe(401);
});

test("a stranger's large body is refused before it is read, and so is one whose sender is nobody", async () => {
  const head = (more: string) =>
    `POST /_worker/tasks/result HTTP/1.1\r\nhost: localhost\r\nx-worker-token: wrong\r\ncontent-length: 9000000\r\n${more}\r\n{`;
  expect(await raw(head("x-worker-id: stranger\r\n"))).toMatch(/^HTTP\/1\.1 401 /);
  expect(await raw(head(""))).toMatch(/^HTTP\/1\.1 413 /);
});

test.each([
  ["another way to write it", "GET //_worker/workers/a/tasks/next HTTP/1.1"],
  ["a way around", "GET /_public/../_worker/workers/a/tasks/next HTTP/1.1"],
  ["escaped slashes", "GET /_worker%2Fworkers%2Fa%2Ftasks%2Fnext HTTP/1.1"],
  ["an escaped name", "GET /_worker/workers/%61/tasks/next HTTP/1.1"],
  ["an escaped word", "GET /_worker/%77orkers/a/tasks/next HTTP/1.1"],
  ["a whole URL", "GET http://localhost/_worker/workers/a/tasks/next HTTP/1.1"],
  ["a place to connect to", "CONNECT localhost:1 HTTP/1.1"],
  ["a method of its own", "PURGE /_worker/workers/a HTTP/1.1"],
  ["only its head", "HEAD /_worker/workers/a/tasks/next HTTP/1.1"],
  ["what is allowed", "OPTIONS * HTTP/1.1"],
  ["a socket of another kind", "GET /_worker/workers/a/tasks/next HTTP/1.1\r\nupgrade: h2c\r\nconnection: upgrade"],
])("%s is no way past the token", async (_what, line) => {
  const answer = await raw(`${line}\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  expect(answer).not.toMatch(/^HTTP\/1\.1 [25]/);
});

test.each([
  ["two lengths", "content-length: 2\r\ncontent-length: 40\r\n\r\n{}"],
  ["a length and pieces", "content-length: 40\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["pieces by another name", "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n"],
])("%s are one request at most, and its connection ends", async (_what, rest) => {
  const second = "GET /_worker/workers/smuggled/tasks/next HTTP/1.1\r\nhost: localhost\r\n\r\n";
  const answer = await raw(`POST /_worker/events HTTP/1.1\r\nhost: localhost\r\n${rest}${second}`);
  expect(answer.match(/HTTP\/1\.1 \d/g)).toEqual(["HTTP/1.1 4"]);
});

test("what follows a body that nobody read is no request of its own", async () => {
  const hidden = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
  const answer = await raw(
    `POST /_worker/nothing HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${hidden.length}\r\n\r\n${hidden}GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
  );
  expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 404", "HTTP/1.1 200"]);
});

test("calls of skills are counted, a worker's as well", async () => {
  const statuses = new Set<number>();
  for (let call = 0; call < 45 && !statuses.has(429); call++)
    statuses.add((await asWorker("caller", "POST", "/skills/call", { skill_name: "" })).status);
  expect([...statuses]).toEqual([400, 429]);
});

test("a registration full of schemas is read, and those beyond the limits are left out", async () => {
  const events = Object.fromEntries(Array.from({ length: 700 }, (_, n) => [`e${n}`, { const: `of ${n}` }]));
  const large = { enum: Array.from({ length: 9_000 }, (_, n) => n) };
  const body = {
    worker_id: "wordy",
    supported_skills: [
      {
        name: "print",
        output_schema: large,
        events_schema: { ...events, __proto__x: {}, constructor: { type: "string" } },
      },
    ],
  };
  const answer = await asWorker("wordy", "POST", "/_worker/workers/register", body);
  expect(answer.status).toBe(200);
  expect(answer.text).toMatch(/output_schema is not looked at: it is larger than 32768 bytes/);
  expect(answer.text).toMatch(/at most 500 schemas/);
  const deep = `${'{"not":'.repeat(50_000)}{}${"}".repeat(50_000)}`;
  const nested = await asWorker(
    "wordy",
    "POST",
    "/_worker/workers/register",
    `{"worker_id":"wordy","capabilities":{"extra":{"a":${deep}}},"supported_skills":[{"name":"print","output_schema":${deep},"input_schema":${deep}}]}`,
  );
  expect(nested.status).toBeLessThan(500);
});
