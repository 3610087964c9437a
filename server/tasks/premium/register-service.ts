import { declareTask } from "@/server/tasks/declare-task";
import { callService, serviceInput } from "@/server/tasks/premium/simulated-service";

/** Registers a subscription nowhere, and returns its `subscription_id`. */
export const demoRegisterService = declareTask({
  isolation: "inline",
  input: serviceInput,
  run: async (call, context) => ({
    data: { subscription_id: await callService("subscription service", "sub", call, context) },
  }),
});
