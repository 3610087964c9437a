import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workerEnvironment } from "@/server/local/worker-command";

const folder = mkdtempSync(join(tmpdir(), "batuta-worker-command-"));
const own = { BATUTA_DATA_DIR: folder, NODE_ENV: "test" } as const;
const record = { databaseUrl: "postgres://a@127.0.0.1:1/b", redisUrl: "redis://127.0.0.1:2", workerPort: 8123 };

test("without a running system the environment stays as it is", () => {
  expect(workerEnvironment(own, [])).toEqual(own);
});

test("what runs here is used, and its worker's port left to it, save by who asks how it is", () => {
  writeFileSync(join(folder, "run.json"), JSON.stringify(record));
  const filled = { ...own, DATABASE_URL: record.databaseUrl, REDIS_URL: record.redisUrl };
  expect(workerEnvironment(own, ["--burst"])).toEqual({ ...filled, WORKER_HTTP_PORT: "0" });
  expect(workerEnvironment(own, ["doctor"])).toEqual({ ...filled, WORKER_HTTP_PORT: "8123" });
  expect(workerEnvironment(own, ["health", "--live"])).toEqual({ ...filled, WORKER_HTTP_PORT: "8123" });
});

test("what the environment names counts", () => {
  const given = { ...own, DATABASE_URL: "postgres://x@y/z", WORKER_HTTP_PORT: "9000" };
  expect(workerEnvironment(given, ["run", "demo_echo"])).toEqual(given);
  const far = { ...own, BATUTA_ORCHESTRATOR_URL: "https://b.example", WORKER_HTTP_PORT: "9000" };
  expect(workerEnvironment(far, [])).toEqual(far);
});
