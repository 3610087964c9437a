import { defineBlueprint, end, handlersFor } from "@/server/engine/blueprint/define";

const { handler } = handlersFor<{ input: { count?: number }; dataStores: Record<never, never> }>();

/** One idea: fan-out and fan-in. A hundred tasks at once, and one handler that reads all results in order. */
export const squareNumbers = defineBlueprint({
  name: "square_numbers",
  description: "A hundred tasks at once; their results are added up when the last one is in.",
  inputSchema: {
    type: "object",
    additionalProperties: false,
    properties: { count: { type: "integer", title: "How many", minimum: 1, maximum: 1000, default: 100 } },
  },
  states: {
    spread: handler({ to: ["sum", "failed"] }, ({ actions, initialData }) =>
      actions.dispatchParallel({
        tasks: Array.from({ length: initialData.count ?? 100 }, (_, index) => ({
          taskType: "demo_square",
          params: { n: index + 1 },
        })),
        aggregateInto: "sum",
        transitions: { failure: "failed" },
      }),
    ),
    sum: handler({ to: ["done"] }, ({ actions, aggregationList, stateHistory }) => {
      stateHistory.sum = aggregationList.reduce((sum, { data }) => sum + squareOf(data), 0);
      return actions.transitionTo("done");
    }),
    done: end({ outcome: "success", result: { sum: "${state_history.sum}" } }),
    failed: end({ outcome: "failure" }),
  },
});

function squareOf(data: unknown): number {
  const square = (data as { square?: unknown } | null)?.square;
  return typeof square === "number" ? square : 0;
}
