import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, type System, startSystem } from "@/test/support/system";

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.stop());

/** Every different set of words that a client sees, from the start to a last word. */
async function followed(simulate: object): Promise<{ id: string; words: string[]; last: Answer["body"] }> {
  const started = await system.api("POST", "/api/process/", {
    process_type: "premium_subscription",
    user_id: "user_123",
    simulate,
  });
  expect(started.status).toBe(201);
  const id = started.body.process_id;
  const words: string[] = [];
  let last: Answer["body"];
  await system.until("the process is over", async () => {
    last = (await system.api("GET", `/process/${id}/status`)).body;
    const seen = [last.status, ...last.tasks.map((task: { status: string }) => task.status)].join(" ");
    if (words.at(-1) !== seen) words.push(seen);
    return last.status === "success" || last.status === "failure";
  });
  return { id, words, last };
}

async function jobOf(processId: string): Promise<Answer["body"]> {
  const { body } = await system.api("GET", `/api/v1/jobs?blueprint=premium_subscription&q=${processId}`);
  expect(body).toHaveLength(1);
  return (await system.api("GET", `/api/v1/jobs/${body[0].id}`)).body;
}

const SLOW = { delay_ms: 2_500 };
const STEPS = [
  "running success pending pending",
  "running success running pending",
  "running success success pending",
  "running success success running",
];

test("a client sees each step of premium_subscription, and the job says the same", async () => {
  const { id, words, last } = await followed({ send_email: SLOW, register_external_service: SLOW });
  expect(words.at(-1)).toBe("success success success success");
  // A poll may come too late for what lasts a moment: the queue. What takes seconds is seen, and nothing goes back.
  expect(words.slice(0, -1).filter((seen) => !STEPS.includes(seen))).toEqual([]);
  expect(
    words.toSorted((a, b) => STEPS.concat(words.at(-1) ?? "").indexOf(a) - STEPS.concat(words.at(-1) ?? "").indexOf(b)),
  ).toEqual(words);
  expect(words).toContain(STEPS[1]);
  expect(words).toContain(STEPS[3]);
  const starts = last.tasks.map((task: { started_at: string }) => task.started_at);
  expect(starts.toSorted()).toEqual(starts);
  expect(await jobOf(id)).toMatchObject({
    status: "finished",
    result: {
      message_id: expect.stringMatching(/^msg_/),
      subscription_id: expect.stringMatching(/^sub_/),
    },
  });
  expect(system.output("worker")).toContain("the service answered");
});

test("a service that fails twice succeeds; one that then fails for good ends the process", async () => {
  const quick = { delay_ms: 0 };
  const twice = await followed({ send_email: { ...quick, fail_times: 2 }, register_external_service: quick });
  expect(twice.words.at(-1)).toBe("success success success success");
  const failures = async (id: string) =>
    (await system.history((await jobOf(id)).id))
      .filter((event) => event.event_type === "task_failed")
      .map((event) => [event.data.code, event.data.final]);
  expect(await failures(twice.id)).toEqual([
    ["TRANSIENT_ERROR", false],
    ["TRANSIENT_ERROR", false],
  ]);

  const good = await followed({
    send_email: quick,
    register_external_service: { ...quick, fail_times: 2, fail_for_good: true },
  });
  expect(good.words.at(-1)).toBe("failure success success failure");
  expect(await failures(good.id)).toEqual([
    ["TRANSIENT_ERROR", false],
    ["TRANSIENT_ERROR", false],
    ["PERMANENT_ERROR", true],
  ]);
  expect(good.last.tasks[2].ended_at >= good.last.tasks[2].started_at).toBe(true);

  const exhausted = await followed({ send_email: { ...quick, fail_times: 100 } });
  expect(exhausted.words.at(-1)).toBe("failure success failure pending");
  expect(await failures(exhausted.id)).toHaveLength(4);
});

test("a web process that is killed while it starts processes has lost none that it named, and made none twice", async () => {
  const key = (n: number) => `order-${n}`;
  const body = { process_type: "premium_subscription", user_id: "u", simulate: { send_email: { delay_ms: 0 } } };
  const named = new Map<number, string>();
  const order = async (n: number) => {
    const answer = await system.api("POST", "/api/process/", body, { "idempotency-key": key(n) }).catch(() => null);
    if (answer?.status === 201) named.set(n, answer.body.process_id);
  };
  const orders = Array.from({ length: 60 }, (_, n) => order(n));
  await Promise.race(orders);
  await system.kill("web");
  await Promise.all(orders);
  const before = new Map(named);
  expect(before.size).toBeGreaterThan(0);
  await system.restart("web");
  for (let n = 0; n < 60; n++) await order(n);
  expect(named.size).toBe(60);
  for (const [n, id] of before) expect([n, named.get(n)]).toEqual([n, id]);
  const rows = await system.rows("select process_id from jobs where input->>'user_id' = 'u'");
  expect(rows.map((row) => row.process_id).toSorted()).toEqual([...named.values()].toSorted());
  for (const id of named.values()) expect((await system.api("GET", `/process/${id}/status`)).status).toBe(200);
});
