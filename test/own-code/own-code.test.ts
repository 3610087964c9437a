import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "@/server/config";
import { OwnCodeError } from "@/server/own-code/own-code-error";
import { blueprintsOf } from "@/server/start";
import { type RunningWorker, startWorker } from "@/server/worker/start-worker";
import { type ApiHost, hostApi } from "@/test/http/api-host";
import { GREET_TASK, GREETING_BLUEPRINT, GREETING_WORDS, makeFolder, PLAIN_YAML } from "./folder";

const own = makeFolder({
  "blueprints/greeting.ts": GREETING_BLUEPRINT,
  "blueprints/_words.ts": GREETING_WORDS,
  "blueprints/plain.yml": PLAIN_YAML,
  "tasks/greet.ts": GREET_TASK,
  "broken/a.ts": "export const x = ;",
  "broken/b.yaml": "name: [",
  "shadow/a.json": JSON.stringify({
    name: "shadowing",
    api_endpoint: "/jobs/{id}/cancel".replace("{id}", "x"),
    states: { done: { type: "end", start: true, outcome: "success" } },
  }),
});
const environment = {
  BLUEPRINTS_DIR: join(own.folder, "blueprints"),
  TASKS_DIR: join(own.folder, "tasks"),
  BATUTA_DATA_DIR: own.cacheFolder,
  WORKER_HTTP_PORT: "0",
};
const fromFolder = (more: Record<string, string> = {}) =>
  readConfig({ DATABASE_URL: "postgres://nobody@127.0.0.1:1/none", ...environment, ...more });

let api: ApiHost;
let worker: RunningWorker;
beforeAll(async () => {
  api = await hostApi({ blueprints: await blueprintsOf(fromFolder()), environment });
  worker = await startWorker(api.config);
});
afterAll(async () => {
  await worker?.stop();
  await api?.stop();
  own.remove();
});

it("blueprints and tasks of one's own run beside those that ship", async () => {
  const done = await api.until(await api.start("greeting", { name: "Ana" }), "finished");
  expect(done.result).toMatchObject({ greeted: "Hello Ana" });
  const failed = await api.until(await api.start("greeting", { name: "nobody" }), "failed");
  expect(failed.status).toBe("failed");
  expect((await api.until(await api.start("plain"), "finished")).result).toEqual({ a: 2 });
  expect((await api.until(await api.start("urgent_first", { text: "x" }), "finished")).status).toBe("finished");
});

it("faults stop the start, and tell of every file", async () => {
  const faulty = fromFolder({ BLUEPRINTS_DIR: join(own.folder, "broken") });
  const error = await blueprintsOf(faulty).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OwnCodeError);
  expect((error as OwnCodeError).faults).toHaveLength(2);
  const shadowing = fromFolder({ BLUEPRINTS_DIR: join(own.folder, "shadow") });
  await expect(hostApi({ blueprints: await blueprintsOf(shadowing) }).then((host) => host.stop())).rejects.toThrow(
    /shadowing \(.*a\.json\): its api_endpoint .* is the system's own/,
  );
});

it("the process says what is wrong and ends with the code of a faulty configuration", async () => {
  const root = join(import.meta.dirname, "../..");
  const env = { ...process.env, DATABASE_URL: api.config.databaseUrl, ...environment };
  for (const [entry, variable] of [
    ["server/main.ts", "BLUEPRINTS_DIR"],
    ["server/worker/main.ts", "TASKS_DIR"],
  ] as const) {
    const child = spawn(process.execPath, ["--import", "tsx", entry], {
      cwd: root,
      env: { ...env, [variable]: join(own.folder, "broken") },
    });
    let printed = "";
    child.stderr.on("data", (chunk: Buffer) => {
      printed += chunk;
    });
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect([entry, code]).toEqual([entry, 78]);
    expect(printed).toContain(`The folder that ${variable} names has 2 faults`);
    expect(printed).toMatch(/a\.ts:1:\d+/);
    expect(printed).toContain("b.yaml");
  }
});
