import { declareTask } from "@/server/tasks/declare-task";
import { callService, serviceInput } from "@/server/tasks/premium/simulated-service";

/** Sends nobody a mail, and returns its `message_id`. */
export const demoSendEmail = declareTask({
  isolation: "inline",
  input: serviceInput,
  run: async (call, context) => ({ data: { message_id: await callService("e-mail service", "msg", call, context) } }),
});
