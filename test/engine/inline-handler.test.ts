import { expect, it } from "vitest";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import { AROUND, MemoryJob } from "./decide-harness";

const routed = defineBlueprint({
  name: "routed",
  maxTransitions: 2_000,
  states: {
    count: handler({ to: ["count", "send", "done"], inline: true }, ({ actions, stateHistory, initialData }) => {
      stateHistory.n = Number(stateHistory.n ?? 0) + 1;
      if (initialData.broken) throw new Error("broken on purpose");
      return actions.transitionTo(Number(stateHistory.n) < Number(initialData.times) ? "count" : "done");
    }).when("initial_data.kind == 'urgent'", ({ actions }) =>
      actions.dispatchTask({ taskType: "echo", transitions: { success: "done" } }),
    ),
    send: handler({ to: ["done"] }, ({ actions }) => actions.transitionTo("done")),
    done: end({ outcome: "success", result: "${state_history.n}" }),
  },
});

const start = (input: Record<string, number | string | boolean>) =>
  new MemoryJob(routed.document, { ...input }, AROUND, routed);

it("an inline handler chains inside the change, however often", () => {
  const job = start({ times: 1_500 });
  expect(job.job).toMatchObject({ status: "finished", result: 1_500, transitions: 1_501 });
  expect(job.writes[0]).toMatchObject({ timersSet: [], newTasks: [] });
});

it("the variant whose condition is true runs, and the event says what was read", () => {
  const job = start({ times: 1, kind: "urgent" });
  expect(job.job.status).toBe("waiting_for_worker");
  const returned = job.events.find((event) => event.kind === "handler_returned");
  expect(returned?.data).toMatchObject({
    cases: [{ when: "initial_data.kind == 'urgent'", result: true, values: { "initial_data.kind": "urgent" } }],
  });
});

it("an inline handler that throws is tried again by a timer, then the job is quarantined", () => {
  const job = start({ times: 1, broken: true });
  expect(job.job.status).toBe("awaiting_retry");
  expect(job.writes[0]?.timersSet).toMatchObject([{ key: "handler", kind: "handler_retry" }]);
  expect(job.events.at(-1)?.data).toMatchObject({ message: "broken on purpose", attempt: 1 });
});
