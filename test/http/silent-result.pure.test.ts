import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { attemptIdOf } from "@/lib/job-event";
import type { Signal } from "@/server/engine/signal";
import { createRemoteWorkers, type RemoteSession } from "@/server/workers/remote-workers";

const JOB = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b";
const held = [{ jobId: JOB, no: 1024, fence: 1 }];
const id = attemptIdOf(JOB, 1024, 1);

beforeEach(() => vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => vi.useRealTimers());

/** A worker that holds one task, and what the engine hears of it. */
async function worker() {
  const heard: Signal[] = [];
  const session: RemoteSession = { id: "s", worker: "w", skills: [], contracts: null };
  const workers = createRemoteWorkers({
    rows: {
      register: async () => [],
      renew: async () => session,
      contracts: async () => null,
      end: async () => undefined,
      heldBy: async () => held,
    },
    engine: {
      apply: async (signal) => {
        heard.push(signal);
        return { applied: false, reason: "stale_task" };
      },
    },
    handedOut: { forget: () => undefined },
    instance: "test",
    leaseMs: 30_000,
  });
  const beat = (currentTasks: string[]) => workers.heartbeat("w", { status: null, skills: null, currentTasks });
  return { heard, beat };
}

test("a task that a worker listed and lists no more has two minutes for its result, then it is lost", async () => {
  const { heard, beat } = await worker();
  await beat([id]);
  vi.advanceTimersByTime(15_000);
  for (let passed = 0; passed < 105_000; passed += 15_000) {
    await beat([]);
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(15_000);
  }
  await beat([]);
  expect(heard).toMatchObject([{ kind: "delivery_lost", jobId: JOB, no: 1024, fence: 1, worker: "w" }]);
});

test("a task that is listed again is the worker's again", async () => {
  const { heard, beat } = await worker();
  for (let round = 0; round < 20; round++) {
    await beat([id]);
    vi.advanceTimersByTime(100_000);
    await beat([]);
  }
  expect(heard).toEqual([]);
});

test("a task that it never listed did not arrive: ten seconds are enough", async () => {
  const { heard, beat } = await worker();
  await beat([]);
  vi.advanceTimersByTime(10_001);
  await beat([]);
  expect(heard).toMatchObject([{ kind: "delivery_lost" }]);
});
