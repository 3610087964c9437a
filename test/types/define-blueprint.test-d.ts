import { z } from "zod";
import { choice, defineBlueprint, end, handler, handlersFor, parallel, task } from "@/server/engine/blueprint/define";

const stores = { cache: new Map<string, number>() };
const typed = handlersFor<{ input: { kind: string; amount: number }; dataStores: typeof stores }>();

export const orders = defineBlueprint({
  name: "orders",
  states: {
    route: choice({ cases: [{ when: "initial_data.kind == 'urgent'", to: "fast" }], default: "work" }),
    fast: task({ taskType: "ship", transitions: { success: "work", failure: "failed" } }),
    work: handler(
      { to: ["done", "failed"], reads: { score: z.number() } },
      ({ actions, score, initialData, stateHistory }) => {
        stateHistory.doubled = score * 2;
        const kind: unknown = initialData.kind;
        return kind ? actions.transitionTo("done") : actions.transitionTo("failed");
      },
    ).when("initial_data.kind == 'urgent'", ({ actions }) => actions.transitionTo("failed")),
    done: end({ outcome: "success" }),
    failed: end({ outcome: "failure" }, ({ stateHistory }) => {
      stateHistory.failed = true;
    }),
  },
});

handler({ to: ["done"] }, ({ actions }) => {
  // @ts-expect-error the state does not exist among the targets
  actions.transitionTo("dnoe");
});

// @ts-expect-error a name that nobody injects
handler({ to: ["done"] }, ({ initalData }) => initalData);

handler({ to: ["done"], reads: { score: z.number() } }, ({ actions, score }) => {
  // @ts-expect-error a number has no length
  score.length;
  return actions.transitionTo("done");
});

// @ts-expect-error a key that is not declared in reads
handler({ to: ["done"], reads: { score: z.number() } }, ({ scroe }) => scroe);

typed.handler({ to: ["done"] }, ({ actions, initialData, dataStores }) => {
  dataStores.cache.set(initialData.kind, initialData.amount);
  // @ts-expect-error the input has no such field
  initialData.knid;
  // @ts-expect-error no such store
  dataStores.cahce;
  return actions.dispatchTask({ taskType: "x", transitions: { success: "done" } });
});

handler({ to: ["done"] }, ({ actions }) =>
  // @ts-expect-error a transition to nowhere
  actions.dispatchTask({ taskType: "x", transitions: { success: "dnoe" } }),
);

handler({ to: ["done"] }, ({ actions }) =>
  // @ts-expect-error an aggregate that is not declared
  actions.dispatchParallel({ tasks: [{ taskType: "x" }], aggregateInto: "merge" }),
);

// @ts-expect-error a handler must do something with its targets: a number is no action
handler({ to: ["done"] }, () => 5);

end({ outcome: "success" }, ({ actions }) => {
  // @ts-expect-error an end leads nowhere
  actions.transitionTo("done");
});

// @ts-expect-error no such outcome
end({ outcome: "sucess" });

defineBlueprint({
  name: "wrong_targets",
  states: {
    // @ts-expect-error a choice to nowhere
    route: choice({ cases: [{ when: "true", to: "dnoe" }], default: "done" }),
    // @ts-expect-error a default to nowhere
    other: choice({ cases: [], default: "dnoe" }),
    // @ts-expect-error a task to nowhere
    work: task({ taskType: "x", transitions: { success: "dnoe" } }),
    // @ts-expect-error a handler that declares a state that is not there
    code: handler({ to: ["publsh"] }, ({ actions }) => actions.transitionTo("publsh")),
    // @ts-expect-error an aggregate that is not there
    many: parallel({ tasks: [{ taskType: "x" }], aggregateInto: "merge" }),
    done: end({ outcome: "success" }),
  },
});
