import { defineBlueprint, end, handlersFor } from "@/server/engine/blueprint/define";

// Stands in place of server/blueprints/shipped.ts in the server of the fault run.

const { handler } = handlersFor<{ input: { n: number }; dataStores: Record<never, never> }>();

/** Two handlers around a task: handlers run outside of any turn and may die with their engine. */
const handled = defineBlueprint({
  name: "fault_handled",
  states: {
    prepare: handler({ to: ["reckon", "failed"] }, ({ actions, initialData }) =>
      actions.dispatchTask({
        taskType: "fault_step",
        params: { name: "one", value: initialData.n },
        transitions: { success: "reckon", failure: "failed" },
      }),
    ),
    reckon: handler({ to: ["done"] }, ({ actions, stateHistory }) => {
      stateHistory.two = (stateHistory.one as number) * 2;
      return actions.transitionTo("done");
    }),
    done: end({ outcome: "success", result: { one: "${state_history.one}", two: "${state_history.two}" } }),
    failed: end({ outcome: "failure" }),
  },
});

export const shippedBlueprints = [handled];
