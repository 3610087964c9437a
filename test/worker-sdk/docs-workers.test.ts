import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { JOB_STATUS } from "@/lib/job-status";
import { GLOBAL_TOKEN, hostProtocol, type ProtocolHost } from "@/test/http/worker-protocol-host";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";

/** The three workers that the guide shows, as they stand in docs/examples. */
const root = join(import.meta.dirname, "../..");
const example = (name: string) => join(root, "docs/examples", name);
const python = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).status === 0;

const threeHands = {
  name: "three_hands",
  states: {
    count: {
      type: "task",
      start: true,
      task_type: "word_count",
      params: { text: "${initial_data.text}" },
      transitions: { success: "stamp" },
    },
    stamp: {
      type: "task",
      task_type: "stamp",
      params: { words: "${state_history.words}" },
      transitions: { success: "shout" },
    },
    shout: {
      type: "task",
      task_type: "shout",
      params: { text: "${initial_data.text}" },
      transitions: { success: "done" },
    },
    done: { type: "end", outcome: "success" },
  },
} as unknown as BlueprintDocument;

let database: TestDatabase;
let engine: EngineHost;
let web: ProtocolHost;
const children: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const options = {
    databaseUrl: database.url,
    redisUrl: testRedisUrl(),
    prefix: testKeyPrefix(),
    blueprints: [threeHands],
  };
  engine = await hostEngine(options);
  web = await hostProtocol(engine, options, { signatureMode: "required" });
});

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await web?.stop();
  await engine?.stop();
  await database?.drop();
});

/** Where there is no Python, the test says that it did not run. */
function testWithPython(name: string, run: () => Promise<void>): void {
  test(name, { timeout: 120_000 }, async (context) => {
    if (!python) context.skip("there is no Python 3.9 or newer (python3) on this machine");
    await run();
  });
}

/** Starts an example; `ended` resolves with its exit code and what it printed. */
function start(command: string, given: string[], environment: Record<string, string> = {}) {
  const env = {
    ...process.env,
    BATUTA_URL: web.url.replace("/_worker", ""),
    WORKER_TOKEN: GLOBAL_TOKEN,
    ...environment,
  };
  const child = spawn(command, given, { cwd: root, env });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  onTestFailed(() => console.error(`--- ${given.join(" ")} ---\n${output}`));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, output })),
  );
  const registered = () => expect.poll(() => output, { timeout: 60_000 }).toContain("registered");
  return { child, ended, registered };
}

test.runIf(python)(
  "the Python, the curl and the TypeScript worker of the guide finish one job, all signed",
  async () => {
    const one = { WORKER_MAX_TASKS: "1" };
    const py = start("python3", [example("worker.py"), "counter-1"], one);
    const stamp = `cat >/dev/null; echo '{ "stamped": true, "by": "sh", "nothing": null }'`;
    const sh = start("sh", [example("worker.sh"), "stamper-1", "stamp", "sh", "-c", stamp], {
      ...one,
      WORKER_SIGN: "yes",
    });
    const ts = start(process.execPath, ["--import", "tsx", example("worker.ts"), "shouter-1"]);
    await Promise.all([py, sh, ts].map((worker) => worker.registered()));
    const job = await engine.start("three_hands", { text: "grüß die Welt" });
    await engine.until(job, JOB_STATUS.finished.code);
    const done = (await engine.events(job)).filter(({ kind }) => kind === 9).map(({ data }) => [data.worker, data.r]);
    expect(done).toEqual([
      ["counter-1", { words: 3 }],
      ["stamper-1", { stamped: true, by: "sh" }],
      ["shouter-1", { loud: "GRÜSS DIE WELT" }],
    ]);
    ts.child.kill("SIGTERM");
    const ends = await Promise.all([py.ended, sh.ended, ts.ended]);
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(ends[2]?.output).toContain("stopped");
  },
);

testWithPython("the Python worker signs what it sends as the server reads it, and says what fails", async () => {
  const program = `
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("worker", sys.argv[1])
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
print(worker.canonical(json.loads(sys.argv[2])))
`;
  const numbers = "[1.0,-0.0,1e21,0.1,1e-4,1e-5,9.99e-06,1e-7,123456.789,1.5e-10]";
  const given = `{"n":${numbers},"ü":"\\u2028<>&/\\u007f\\n","b":null,"a":[null,{"c":null}]}`;
  const { stdout } = spawnSync("python3", ["-c", program, example("worker.py"), given], { encoding: "utf8" });
  expect(stdout).toBe(
    '{"a":[null,{}],"n":[1,0,1000000000000000000000,0.1,0.0001,0.00001,9.99e-6,1e-7,123456.789,1.5e-10],"ü":"\u2028<>&/\u007f\\n"}\n',
  );
  const refused = start("python3", [example("worker.py"), "counter-2"], { WORKER_TOKEN: "wrong" });
  expect(await refused.ended).toMatchObject({ code: 1, output: expect.stringContaining("Unauthorized") });
});
