import { defineBlueprint, end, handlersFor } from "@/server/engine/blueprint/define";

const { handler } = handlersFor<{ input: { kind?: string; text: string }; dataStores: Record<never, never> }>();

/** One idea: a handler with a variant. The first `.when` that is true runs, else the handler itself. */
export const urgentFirst = defineBlueprint({
  name: "urgent_first",
  description: "A handler with a variant: urgent work goes to the front of the queue.",
  inputSchema: {
    type: "object",
    required: ["text"],
    additionalProperties: false,
    properties: {
      text: { type: "string", title: "Text", minLength: 1, maxLength: 500 },
      kind: { type: "string", title: "Kind", enum: ["normal", "urgent"], default: "normal" },
    },
  },
  states: {
    send: handler({ to: ["done", "failed"] }, ({ actions, initialData }) =>
      actions.dispatchTask({
        taskType: "demo_echo",
        params: { text: initialData.text, lane: "normal" },
        transitions: { success: "done", failure: "failed" },
      }),
    ).when("initial_data.kind == 'urgent'", ({ actions, initialData }) =>
      actions.dispatchTask({
        taskType: "demo_echo",
        params: { text: initialData.text, lane: "urgent" },
        priority: 10,
        transitions: { success: "done", failure: "failed" },
      }),
    ),
    done: end({ outcome: "success" }),
    failed: end({ outcome: "failure" }),
  },
});
