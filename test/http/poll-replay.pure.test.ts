import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { createPollReplay } from "@/server/http/worker-protocol/poll-replay";
import { createNoticeBus } from "@/server/queue/notice-bus";
import { createPostgresLiveBus } from "@/server/queue/postgres-live-bus";
import type { HandedTask } from "@/server/workers/waiting-polls";

const JOB = "01a20295-b480-7279-9623-c8bb03237935";
const KEPT_MS = 20;

const TASK = { worker: "w1", sessionId: "s1", message: { jobId: JOB, no: 1024, fence: 1 } } as HandedTask;

function keptAnswer(keptMs = KEPT_MS) {
  const givenBack: HandedTask[] = [];
  const replay = createPollReplay({
    read: async (polls) => polls.map(() => null),
    giveBack: (task) => givenBack.push(task),
    notices: createNoticeBus(createPostgresLiveBus()),
    keptMs,
  });
  replay.keep(TASK);
  return { replay, givenBack };
}

test("an answer that nobody asks for again goes back", async () => {
  const { givenBack } = keptAnswer();
  await expect.poll(() => givenBack.length).toBe(1);
});

test("whoever speaks of the task has its answer; another worker who does changes nothing", async () => {
  const arrived = keptAnswer();
  arrived.replay.arrived(`${JOB}.1024.1`, "w1");
  const claimed = keptAnswer();
  claimed.replay.arrived(`${JOB}.1024.1`, "w2");
  await expect.poll(() => claimed.givenBack.length).toBe(1);
  await delay(KEPT_MS);
  expect(arrived.givenBack).toEqual([]);
});

test("what is kept at the end goes back at once, and so does an answer that turns out later to have been lost", () => {
  const { replay, givenBack } = keptAnswer(3_600_000);
  replay.stop();
  expect(givenBack).toEqual([TASK]);
  replay.keep(TASK);
  expect(givenBack).toEqual([TASK, TASK]);
});
