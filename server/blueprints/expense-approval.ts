import { approval, choice, defineBlueprint, end } from "@/server/engine/blueprint/define";

/** One idea: an approval with a form and a deadline; silence is an outcome of its own. */
export const expenseApproval = defineBlueprint({
  name: "expense_approval",
  description: "Small expenses pass by themselves; for others a person has ten minutes to decide.",
  inputSchema: {
    type: "object",
    required: ["amount", "purpose"],
    additionalProperties: false,
    properties: {
      amount: { type: "number", title: "Amount in euros", minimum: 0 },
      purpose: { type: "string", title: "Purpose", minLength: 1, maxLength: 500 },
    },
  },
  labels: { purpose: "${initial_data.purpose}" },
  states: {
    weigh: choice({ cases: [{ when: "initial_data.amount <= 50.0", to: "approved" }], default: "ask" }),
    ask: approval({
      message: "Pay ${initial_data.amount} € for ${initial_data.purpose}?",
      form: {
        type: "object",
        properties: {
          cost_centre: { type: "string", title: "Cost centre", enum: ["sales", "operations", "research"] },
        },
      },
      deadlineSeconds: 600,
      transitions: { approved: "approved", rejected: "refused", expired: "refused" },
    }),
    approved: end({ outcome: "success" }),
    refused: end({ outcome: "failure" }),
  },
});
