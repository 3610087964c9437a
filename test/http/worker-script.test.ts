import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";
import { oneTask } from "@/test/worker/worker-host";
import { GLOBAL_TOKEN, hostProtocol, type ProtocolHost } from "./worker-protocol-host";

const script = join(import.meta.dirname, "../../docs/examples/worker.sh");
let database: TestDatabase;
let engine: EngineHost;
let web: ProtocolHost;

beforeAll(async () => {
  database = await createTestDatabase();
  const options = {
    databaseUrl: database.url,
    redisUrl: testRedisUrl(),
    prefix: testKeyPrefix(),
    blueprints: [
      oneTask("whole", "whole"),
      oneTask("sorted", "sorted"),
      oneTask("bad", "bad", { retry: { max_attempts: 1 } }),
    ],
  };
  engine = await hostEngine(options);
  web = await hostProtocol(engine, options);
});

afterAll(async () => {
  await web?.stop();
  await engine?.stop();
  await database?.drop();
});

/** Runs the script until it has worked on one task; its exit code and what it wrote. */
function worker(token: string, ...parameters: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn("sh", [script, ...parameters], {
    env: { ...process.env, BATUTA_URL: web.url.replace("/_worker", ""), WORKER_TOKEN: token, WORKER_MAX_TASKS: "1" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

const lastEvent = async (job: string, kind: number) =>
  (await engine.events(job)).find((event) => event.kind === kind)?.data;

test("the example worker takes a task by curl and answers it", async () => {
  const job = await engine.start("whole", { quote: 'a "b" \\ {"task_id":"x"}' });
  const { code, output } = await worker(GLOBAL_TOKEN, "sh-1", "whole,other");
  expect(output).toContain('"status":"accepted"');
  expect(code).toBe(0);
  await engine.until(job, JOB_STATUS.finished.code);
  expect(await lastEvent(job, 9)).toMatchObject({
    worker: "sh-1",
    r: { task: { job_id: job, params: { in: { quote: 'a "b" \\ {"task_id":"x"}' } } } },
  });
});

test("it gives the task to a command, and its answer back", async () => {
  const job = await engine.start("sorted", { n: 3 });
  const program =
    "const t=JSON.parse(require('fs').readFileSync(0));console.log(JSON.stringify({twice:t.params.in.n*2}))";
  await worker(GLOBAL_TOKEN, "sh-2", "sorted", process.execPath, "-e", program);
  await engine.until(job, JOB_STATUS.finished.code);
  expect((await lastEvent(job, 9))?.r).toEqual({ twice: 6 });
});

test("a command that fails fails the task with what it said", async () => {
  const job = await engine.start("bad");
  await worker(GLOBAL_TOKEN, "sh-3", "bad", "sh", "-c", 'echo "no \\"such\\" thing" >&2; exit 3');
  await engine.until(job, JOB_STATUS.quarantined.code);
  expect(await lastEvent(job, 10)).toMatchObject({ message: 'no "such" thing' });
});

test("a wrong token, or a wrong name, ends it with the reason", async () => {
  expect(await worker("wrong", "sh-4", "whole")).toMatchObject({
    code: 1,
    output: expect.stringContaining("Unauthorized"),
  });
  expect(await worker(GLOBAL_TOKEN, "sh 5", "whole")).toMatchObject({ code: 2 });
});
