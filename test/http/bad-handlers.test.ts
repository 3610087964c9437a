import { afterAll, beforeAll, expect, test } from "vitest";
import { defineBlueprint, end, handlersFor } from "@/server/engine/blueprint/define";
import { type ApiHost, hostApi } from "@/test/http/api-host";

const { handler } = handlersFor<{ input: Record<string, never>; dataStores: Record<never, never> }>();
type Code = Parameters<typeof handler<"done">>[1];

/** Tried twice, so that it shows that the failure is one like any other. */
const retry = { maxAttempts: 2, baseMs: 1, jitter: false };

/** Handlers that do what they may not, and what their jobs say of it. */
const bad: [name: string, code: Code, message: RegExp][] = [
  [
    "two_actions",
    ({ actions }) => {
      actions.waitFor({ seconds: 1, to: "done" });
      return actions.transitionTo("done");
    },
    /exactly one action/,
  ],
  ["no_action", () => undefined, /did no action/],
  [
    "throws_a_string",
    () => {
      throw "out of paper";
    },
    /The handler threw out of paper/,
  ],
  [
    "throws_the_unspeakable",
    () => {
      throw Object.create(null);
    },
    /a object without a text/,
  ],
  [
    "throws_nul",
    () => {
      throw new Error("a\u0000b\ud800");
    },
    /a\ufffdb\ufffd/,
  ],
  ["never_settles", () => new Promise<never>(() => undefined), /took longer than 200 ms/],
  [
    "ten_megabytes",
    ({ actions, stateHistory }) => {
      Object.assign(stateHistory, { big: "x".repeat(10_000_000) });
      return actions.transitionTo("done");
    },
    /gave 10\d{6} characters of data at once, more than 4194304/,
  ],
  [
    "nul_in_its_data",
    ({ actions, stateHistory }) => {
      Object.assign(stateHistory, { text: "a\u0000b" });
      return actions.transitionTo("done");
    },
    /NUL character/,
  ],
  [
    "leads_nowhere",
    ({ actions }) => actions.transitionTo("nowhere" as "done"),
    /'nowhere', which is not among its targets/,
  ],
  ["returns_a_number", (() => 7) as unknown as Code, /returned a number, which is not an action/],
  ["does_something_faulty", ({ actions }) => actions.waitFor({ seconds: Number.NaN, to: "done" }), /NaN|seconds/],
];

let api: ApiHost;
beforeAll(async () => {
  api = await hostApi({
    blueprints: bad.map(([name, code]) =>
      defineBlueprint({
        name,
        states: {
          work: handler({ to: ["done"], retry, timeoutSeconds: 0.2 }, code),
          done: end({ outcome: "success" }),
        },
      }),
    ),
  });
});
afterAll(() => api?.stop());

test.each(bad)(
  "a handler that %s is a recorded failure, and its job goes to quarantine",
  async (name, _code, message) => {
    const id = await api.start(name);
    const job = await api.until(id, "quarantined");
    expect(job.error).toMatchObject({ code: "HANDLER_ERROR", state: "work" });
    expect(job.error.message).toMatch(message);
    const failed = (await api.call("GET", `/api/v1/jobs/${id}/history`)).body.filter(
      (event: { event_type: string }) => event.event_type === "handler_failed",
    );
    expect(failed.map((event: { data: { attempt: number } }) => event.data.attempt)).toEqual([1, 2]);
  },
);

test("jobs with good data go on beside them", async () => {
  const row = await api.call("GET", "/api/v1/jobs?status=quarantined&limit=100");
  expect(row.body.length).toBe(bad.length);
  await expect.poll(async () => (await api.call("GET", "/readyz")).status, { timeout: 60_000 }).toBe(200);
});
