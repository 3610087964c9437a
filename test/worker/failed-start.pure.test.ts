import { expect, test } from "vitest";
import { readConfig } from "@/server/config";
import { createLog } from "@/server/log";
import type { TaskSet } from "@/server/tasks/task-set";
import { openWorker, runWorker } from "@/server/worker/deps";

const log = createLog({ level: "error", format: "json", write: () => undefined });
const config = readConfig({ DATABASE_URL: "postgres://nobody@127.0.0.1:1/none", BATUTA_REDIS: "off" });

/** What fails while the first session is made. */
const broken: TaskSet = {
  get names(): string[] {
    throw new Error("no names to tell");
  },
  find: () => undefined,
};

test("a start that fails is told to who asked for it, and everything can be closed after it", async () => {
  const parts = openWorker(config, broken, log);
  await expect(parts.start()).rejects.toThrow("no names to tell");
  expect(parts.worker.health()).toMatchObject({ ready: false, sessionId: null });
  await parts.worker.stop();
  await parts.close();
});

test("so it is of a worker inside of another program", async () => {
  const { started, stop } = runWorker(config, broken, log);
  await expect(started).rejects.toThrow("no names to tell");
  await stop();
});
