import { expect, test } from "vitest";
import { TaskError } from "@/server/tasks/task-function";
import { performTask } from "@/server/worker/slot/perform";
import type { TaskOutcome } from "@/server/worker/task-outcome";
import { taskContext } from "@/test/tasks/task-context";

const thrown = async (error: unknown): Promise<TaskOutcome> =>
  performTask("thrower", { run: () => Promise.reject(error) }, "{}", await taskContext());

test("an error of a task may say how long to wait", async () => {
  const busy = new TaskError("RESOURCE_EXHAUSTED_ERROR", "the service is busy", { retryAfterMs: 1500.4 });
  expect(await thrown(busy)).toMatchObject({ error: { code: "RESOURCE_EXHAUSTED_ERROR" }, retryAfterMs: 1500 });
  const theirs = Object.assign(new Error("429"), { retryAfterMs: 20 });
  expect(await thrown(theirs)).toMatchObject({ error: { code: "INTERNAL_ERROR" }, retryAfterMs: 20 });
});

test.each([["soon"], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], [undefined]])(
  "%s is no time to wait",
  async (retryAfterMs) => {
    const outcome = await thrown(Object.assign(new Error("broken"), { retryAfterMs }));
    expect(outcome).toMatchObject({ outcome: "failure" });
    expect(outcome.retryAfterMs).toBeUndefined();
  },
);

test.each([["a text"], [null], [undefined], [7]])("a thrown %j is a failure like any other", async (value) => {
  expect(await thrown(value)).toMatchObject({ outcome: "failure", error: { code: "INTERNAL_ERROR" } });
});
