import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { type System, startSystem } from "@/test/support/system";
import { missingSdk, type ReferenceWorker, startReferenceWorker } from "./reference-sdk";

/**
 * A worker written with the reference's own Python SDK, against the built system. `npm run test:compat` installs the SDK;
 * without it nothing of this runs, and says so.
 */
const missing = missingSdk();
/** All of it takes minutes: within the whole suite, one task shows that the two still understand each other. */
const isFull = process.env.BATUTA_COMPAT === "full";
const scene = (name: string, run: () => Promise<void>) =>
  it(name, { timeout: 150_000 }, async (context) => {
    if (missing !== null) context.skip(missing);
    await run();
  });
const full = (name: string, run: () => Promise<void>) => {
  if (isFull) scene(name, run);
};
const TOKEN = "a-worker-token-of-the-compatibility-run";
let system: System;
const started: ReferenceWorker[] = [];

const oneTask = (name: string, taskType: string, params: string[], more: object = {}) => ({
  name,
  states: {
    work: {
      type: "task",
      start: true,
      task_type: taskType,
      params: Object.fromEntries(params.map((key) => [key, `\${initial_data.${key}}`])),
      transitions: { success: "done" },
      retry: { max_attempts: 1 },
      ...more,
    },
    done: { type: "end", outcome: "success", result: { all: "${state_history}" } },
  },
});

describe("a worker of the reference's SDK", () => {
  beforeAll(async () => {
    if (missing !== null) return;
    system = await startSystem({
      environment: {
        GLOBAL_WORKER_TOKEN: TOKEN,
        WORKER_SIGNATURE_MODE: process.env.BATUTA_COMPAT_SIGNATURES ?? "required",
      },
    });
    await system.put(oneTask("compat_echo", "compat_echo", ["word"]));
    await system.put(oneTask("compat_progress", "compat_progress", ["seconds"]));
    await system.put(oneTask("compat_sleep", "compat_sleep", ["seconds"]));
    await system.put(oneTask("compat_fail", "compat_fail", ["how"]));
    await system.put(oneTask("compat_broken", "compat_broken", []));
    await system.put(oneTask("compat_rotate", "compat_rotate", []));
    await system.put(oneTask("compat_files", "compat_files", ["text"]));
    await system.put(oneTask("compat_event", "compat_progress", ["seconds"], { on_event: { halfway: "done" } }));
  }, 240_000);

  afterAll(async () => {
    for (const worker of started) worker.kill();
    await system?.stop();
  });

  function worker(id: string, environment: Record<string, string> = {}): ReferenceWorker {
    const one = startReferenceWorker(id, system.url, TOKEN, environment);
    started.push(one);
    onTestFailed(() =>
      console.error(`--- ${id} ---\n${one.output()}\n--- web ---\n${system.output("web").slice(-6_000)}`),
    );
    return one;
  }

  /** Ends its session where the server keeps it, as a loss of data would. */
  const forget = (id: string) => system.rows("update worker_sessions set status = 1 where worker = $1", [id]);

  /** Each test has a worker of its own, and leaves none behind that would take the next one's task. */
  async function withWorker(
    id: string,
    work: (one: ReferenceWorker) => Promise<void>,
    environment: Record<string, string> = {},
  ): Promise<void> {
    const one = worker(id, environment);
    try {
      await work(one);
    } finally {
      one.kill();
      await forget(id);
    }
  }

  scene("registers signed, polls, runs a task and has its result taken", async () => {
    await withWorker("compat-1", async (one) => {
      await one.printed("Successfully registered");
      const id = await system.startJob("compat_echo", { word: "abc" });
      const job = await system.untilJob(id, "finished");
      expect(job.result.all).toMatchObject({ word: "cba" });
      const [told] = one.seen("echo");
      expect(told).toMatchObject({ job_id: id, tracing_context: expect.anything(), priority: 0 });
      expect(Number.isInteger(told?.deadline ?? 0)).toBe(true);
      expect(told?.metadata.idempotency_key).toContain(id);
      expect(one.output()).not.toContain("ERROR");
    });
  });

  full("says how far it is, and moves the job by an event", async () => {
    await withWorker("compat-2", async (one) => {
      const id = await system.startJob("compat_progress", { seconds: 2 });
      await system.until("the progress shows", async () => {
        const job = (await system.api("GET", `/api/v1/jobs/${id}`)).body;
        return JSON.stringify(job).includes("half of it");
      });
      await system.untilJob(id, "finished");
      expect((await system.history(id)).map((row) => row.event_type).join()).toMatch(/worker_event|event/);
      const moved = await system.startJob("compat_event", { seconds: 1 });
      const job = await system.untilJob(moved, "finished");
      expect(job.result.all).toMatchObject({ lines: 7 });
      expect(one.output()).not.toContain("Traceback");
    });
  });

  full("tells failures in its own words: bad input, a wrong value, a permanent failure, a broken promise", async () => {
    await withWorker("compat-3", async () => {
      const codeOf = async (blueprint: string, input: object) => {
        const job = await system.untilJob(await system.startJob(blueprint, input), "failed", "quarantined");
        return [job.status, job.error?.code];
      };
      expect(await codeOf("compat_echo", { word: 5 })).toEqual(["failed", "INVALID_INPUT_ERROR"]);
      expect(await codeOf("compat_fail", { how: "value" })).toEqual(["failed", "INTEGRITY_MISMATCH_ERROR"]);
      expect(await codeOf("compat_fail", { how: "said" })).toEqual(["quarantined", "PERMANENT_ERROR"]);
      expect(await codeOf("compat_broken", {})).toEqual(["quarantined", "CONTRACT_VIOLATION"]);
    });
  });

  full("stops a task that was cancelled, told by the heartbeat", async () => {
    await withWorker("compat-4", async (one) => {
      const id = await system.startJob("compat_sleep", { seconds: 60 });
      await one.printed("seen");
      expect((await system.api("POST", `/api/v1/jobs/${id}/cancel`)).status).toBe(200);
      await one.printed('"what": "cancelled"');
      await system.untilJob(id, "cancelled");
    });
  });

  full("stops a task that was cancelled, told by the WebSocket long before the next heartbeat", async () => {
    const environment = { WORKER_ENABLE_WEBSOCKETS: "true", HEARTBEAT_INTERVAL: "600" };
    await withWorker(
      "compat-5",
      async (one) => {
        await one.printed("Successfully registered");
        const id = await system.startJob("compat_sleep", { seconds: 60 });
        await one.printed("seen");
        // The heartbeat that follows the start of a task is over by then.
        await delay(1_000);
        await system.api("POST", `/api/v1/jobs/${id}/cancel`);
        await one.printed("by command");
        await one.printed('"what": "cancelled"');
      },
      environment,
    );
  });

  full("sends its events over the WebSocket when it has one", async () => {
    await withWorker(
      "compat-6",
      async (one) => {
        await one.printed("Successfully registered");
        await delay(500);
        const moved = await system.startJob("compat_event", { seconds: 3 });
        const job = await system.untilJob(moved, "finished");
        expect(job.result.all).toMatchObject({ lines: 7 });
      },
      { WORKER_ENABLE_WEBSOCKETS: "true" },
    );
  });

  full("registers again when the server has forgotten it", async () => {
    await withWorker("compat-7", async (one) => {
      await one.printed("Successfully registered");
      await forget("compat-7");
      await one.printed("lost our session");
      await one.printed(/Successfully registered[\s\S]*Successfully registered/);
      const id = await system.startJob("compat_echo", { word: "again" });
      await system.untilJob(id, "finished");
    });
  });

  full("exchanges its token, refreshes it, and is heard again after its access token was refused", async () => {
    await withWorker("compat-10", async (one) => {
      const id = await system.startJob("compat_rotate", {});
      const job = await system.untilJob(id, "finished", "failed", "quarantined");
      expect(job.result?.all).toMatchObject({ first: true, second: true, changed: true });
      // The result itself went out with a token that was refused, and then with a fresh one.
      await one.printed(/Token refreshed[\s\S]*Token refreshed[\s\S]*Token refreshed/);
      await system.untilJob(await system.startJob("compat_echo", { word: "on" }), "finished");
    });
  });

  full("keeps files of a task beside it, without S3", async () => {
    await withWorker("compat-11", async () => {
      const id = await system.startJob("compat_files", { text: "grüße" });
      const job = await system.untilJob(id, "finished", "failed", "quarantined");
      expect(job.result?.all).toMatchObject({ read: "grüße", names: ["note.txt"] });
    });
  });

  full("lives through a restart of the server with a task in hand", async () => {
    await withWorker("compat-8", async (one) => {
      const id = await system.startJob("compat_sleep", { seconds: 3 });
      await one.printed("seen");
      await system.restart("web");
      const job = await system.untilJob(id, "finished");
      expect(job.result.all).toMatchObject({ slept: true });
    });
  });

  full("finishes what it has when it is told to stop, and the result counts", async () => {
    await withWorker("compat-9", async (one) => {
      const id = await system.startJob("compat_sleep", { seconds: 2 });
      await one.printed("seen");
      expect(await one.stop()).toBe(0);
      const job = await system.untilJob(id, "finished");
      expect(job.result.all).toMatchObject({ slept: true });
      expect((await system.history(id)).filter((row) => row.event_type === "task_started").length).toBeLessThan(2);
      expect(one.output()).not.toContain("IGNORED");
    });
  });
});
