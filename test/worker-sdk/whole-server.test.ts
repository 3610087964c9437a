import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import {
  createWorker,
  defineSkill,
  type Skill,
  type TaskStopped,
  type Worker,
  type WorkerOptions,
} from "@/server/worker-sdk/sdk";
import { type ApiHost, hostApi, WORKER_TOKEN } from "@/test/http/api-host";
import { certificate } from "@/test/http/tls-worker";
import { gate, oneTask } from "@/test/worker/worker-host";

/** As the certificate `worker` says. */
const NAME = "tls-worker-1";
const pem = (file: string) => readFileSync(certificate(file));
const tls = { ca: pem("ca.crt"), cert: pem("worker.crt"), key: pem("worker.key") };

let api: ApiHost;
let secure: ApiHost;
let url: string;
let secureUrl: string;
const workers: Worker[] = [];

beforeAll(async () => {
  const environment = { WORKER_SIGNATURE_MODE: "required" };
  const files = { TLS_CERT_PATH: certificate("server.crt"), TLS_KEY_PATH: certificate("server.key") };
  const withTls = { ...environment, ...files, TLS_ENABLED: "true", TLS_CA_PATH: certificate("ca.crt") };
  [api, secure] = await Promise.all([hostApi({ environment }), hostApi({ environment: withTls, redis: false })]);
  url = await api.listen();
  secureUrl = (await secure.listen()).replace("http:", "https:");
  for (const host of [api, secure])
    for (const name of ["files", "ask", "patient"])
      await host.put(oneTask(name, name, { retry: { max_attempts: 1 }, params: { given: "${initial_data.given}" } }));
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
});

afterAll(async () => {
  await Promise.all([api?.stop(), secure?.stop()]);
});

async function serve(skills: Skill[], more: Partial<WorkerOptions> = {}): Promise<Worker> {
  const orchestrators = [{ url, token: WORKER_TOKEN }];
  const worker = createWorker({ workerId: "whole-1", orchestrators, skills, heartbeatMs: 500, log: false, ...more });
  workers.push(worker);
  await worker.start();
  return worker;
}

const input = z.looseObject({ given: z.unknown() });

test("a skill reads the files of its job and keeps others, also from elsewhere, and no job's but its own", async () => {
  const elsewhere = createServer((_request, response) => response.end("from elsewhere"));
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/x`;
  const files = defineSkill({
    name: "files",
    input,
    async run(_input, { files, jobId }) {
      const uri = await files.write("näme.txt", "grüße");
      const faults = await Promise.all(
        ["absent.txt", "ftp://x/y", "a/b", `batuta://jobs/${jobId}/..%2Fother`].map((name) =>
          files.read(name).then(
            () => "read",
            (error: { code: string }) => error.code,
          ),
        ),
      );
      const read = [await files.read("näme.txt"), await files.read(uri), await files.read(address)];
      return { uri, read: read.map(String), faults };
    },
  });
  await serve([files]);
  const job = await api.until(await api.start("files", { given: 1 }), "finished", "quarantined", "failed");
  elsewhere.close();
  const [attempt] = (await api.call("GET", `/api/v1/jobs/${job.job_id}/files`)).body;
  expect(attempt).toMatchObject({ name: "näme.txt", size: 7 });
  const { body: history } = await api.call("GET", `/api/v1/jobs/${job.job_id}/history`);
  expect(JSON.stringify(history)).toContain('"read":["grüße","grüße","from elsewhere"]');
  const faults = ["DEPENDENCY_MISSING_ERROR", "PERMANENT_ERROR", "PERMANENT_ERROR", "PERMANENT_ERROR"];
  expect(JSON.stringify(history)).toContain(`"faults":${JSON.stringify(faults)}`);
});

test("a skill lets another one do a part of the work", async () => {
  const double = defineSkill({ name: "double", input: z.object({ n: z.number() }), run: ({ n }) => ({ n: n * 2 }) });
  const ask = defineSkill({
    name: "ask",
    input,
    async run(_input, { callSkill }) {
      const good = await callSkill("double", { n: 21 });
      const bad = await callSkill("double", { n: "x" });
      return { good: good.data, bad: (bad.error as { code: string }).code };
    },
  });
  await serve([double, ask], { concurrency: 2 });
  const id = await api.start("ask", { given: 1 });
  await api.until(id, "finished");
  const { body: history } = await api.call("GET", `/api/v1/jobs/${id}/history`);
  expect(JSON.stringify(history)).toContain('"good":{"n":42},"bad":"INVALID_INPUT_ERROR"');
});

test("a cancel reaches the task over the WebSocket, long before the next heartbeat", async () => {
  const begun = gate();
  const told: string[] = [];
  const patient = defineSkill({
    name: "patient",
    input,
    run: (_input, { signal }) =>
      new Promise<void>((resolve) => {
        begun.open();
        signal.addEventListener("abort", () => {
          told.push((signal.reason as TaskStopped).reason);
          resolve();
        });
      }),
  });
  await serve([patient], { heartbeatMs: 600_000 });
  const open = () => api.call("GET", "/_public/metrics", undefined, { token: null });
  await expect.poll(async () => (await open()).body, { timeout: 60_000 }).toMatch(/sockets[^\n]* 1\n/);
  const id = await api.start("patient", { given: 1 });
  await begun.opened;
  await api.call("POST", `/api/v1/jobs/${id}/cancel`);
  await expect.poll(() => told, { timeout: 60_000 }).toEqual(["cancelled"]);
});

test("a client certificate is enough: its name is exchanged for a token, which signs", async () => {
  const files = defineSkill({ name: "files", input, run: (_input, { jobId }) => ({ jobId }) });
  await serve([files], { workerId: NAME, orchestrators: [{ url: secureUrl.replace("127.0.0.1", "localhost"), tls }] });
  const id = await secure.start("files", { given: 1 });
  await secure.until(id, "finished");
  const other = {
    workerId: "somebody-else",
    orchestrators: [{ url: secureUrl.replace("127.0.0.1", "localhost"), tls }],
  };
  await expect(serve([files], other)).rejects.toMatchObject({ name: "WireError" });
});
