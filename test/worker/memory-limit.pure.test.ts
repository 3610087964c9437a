import { symlinkSync } from "node:fs";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { noDocuments } from "@/server/documents/no-documents";
import { createLog } from "@/server/log";
import { ownTasks } from "@/server/own-code/own-tasks";
import { taskSet } from "@/server/tasks/task-set";
import type { SlotState } from "@/server/worker/bridge/executor";
import { watchMemory } from "@/server/worker/memory-limit";
import { openRuntime } from "@/server/worker/open-runtime";
import { makeFolder } from "@/test/own-code/folder";

const MIB = 1024 * 1024;

describe("the limit of a worker's memory", () => {
  function watched() {
    const world = { usedMb: 300, now: 0, slots: [] as Pick<SlotState, "isolation" | "status">[] };
    const clock = { now: () => world.now, residentBytes: () => world.usedMb * MIB };
    const memory = watchMemory(256, () => world.slots, clock);
    memory.stop();
    let ended: string | null = null;
    void memory.exhausted.then((why) => {
      ended = why;
    });
    const lookAt = async (now: number) => {
      world.now = now;
      memory.look();
      await Promise.resolve();
      return ended;
    };
    return { world, memory, lookAt };
  }

  it("takes no work while too much is in use", async () => {
    const { world, memory, lookAt } = watched();
    expect(memory.tooMuch()).toBeNull();
    await lookAt(0);
    expect(memory.tooMuch()).toBe("300 MiB are in use, more than the 256 of WORKER_MAX_RSS_MB");
    world.usedMb = 256;
    await lookAt(500);
    expect(memory.tooMuch()).toBeNull();
  });

  it("gives up after five seconds in which no thread was left to be ended", async () => {
    const { world, lookAt } = watched();
    world.slots = [{ isolation: "thread", status: "killing" }];
    expect(await lookAt(60_000)).toBeNull();
    // Ending these would bring nothing back.
    world.slots = [
      { isolation: "thread", status: "idle" },
      { isolation: "process", status: "running" },
    ];
    expect(await lookAt(61_000)).toBeNull();
    expect(await lookAt(65_900)).toBeNull();
    expect(await lookAt(66_000)).toContain("300 MiB");
  });

  it("counts anew when there was room for a moment", async () => {
    const { world, lookAt } = watched();
    await lookAt(0);
    world.usedMb = 100;
    await lookAt(4_000);
    world.usedMb = 300;
    expect(await lookAt(5_000)).toBeNull();
    expect(await lookAt(9_999)).toBeNull();
    expect(await lookAt(10_000)).toContain("WORKER_MAX_RSS_MB");
  });
});

describe.each(["thread", "process"] as const)("a task in a %s that holds buffers", (isolation) => {
  const HOLDS = `
import { setTimeout as sleep } from "node:timers/promises";
import { defineTask } from "batuta";

export const hold = defineTask("hold", async () => {
  const held = [];
  for (let no = 0; no < 8; no++) held.push(Buffer.alloc(${50 * MIB}, 1));
  await sleep(120_000);
  return { data: { held: held.length } };
}, { isolation: "${isolation}" });`;

  it("is ended above the limit", async () => {
    const code = makeFolder({ "hold.js": HOLDS });
    symlinkSync(new URL("../../node_modules", import.meta.url), `${code.folder}/node_modules`);
    const usedMb = isolation === "thread" ? Math.round(process.memoryUsage.rss() / MIB) : 100;
    const runtime = openRuntime({
      tasks: taskSet(await ownTasks({ ...code, taken: [] })),
      slots: 1,
      maxRssMb: usedMb + 150,
      place: { root: code.folder, operators: null },
      clientOf: null,
      stores: {
        reports: { publish: () => Promise.reject(new Error("no reports here")) },
        documents: noDocuments(() => new Error("no documents here")),
      },
      environment: {},
      log: createLog({ level: "error", format: "json", write: () => undefined }),
      registry: new Registry(),
    });
    try {
      const facts = { jobId: "j", taskId: "j.1.1", attempt: 1, idempotencyKey: "j.1" };
      const run = runtime.run({ ...facts, type: "hold", params: "{}", timeoutMs: null });
      expect(await run.outcome).toMatchObject({
        outcome: "failure",
        error: { code: "RESOURCE_EXHAUSTED_ERROR", details: { bridge: "TASK_OOM" } },
      });
    } finally {
      await runtime.close();
      code.remove();
    }
  });
});
