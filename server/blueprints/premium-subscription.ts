import type { JsonObject } from "@/lib/json";
import { defineBlueprint, end, handlersFor, task } from "@/server/engine/blueprint/define";

interface Input {
  user_id: string;
  simulate?: { validate_user?: { reject?: boolean } };
}

const { handler } = handlersFor<{ input: Input; dataStores: Record<never, never> }>();

/** Attempts of each service, and how long at most until the next one. */
const RETRY = { maxAttempts: 4, baseMs: 500, maxMs: 8_000 };

/** How a simulated service behaves in this job. */
function service(title: string): JsonObject {
  return {
    type: "object",
    title,
    additionalProperties: false,
    properties: {
      delay_ms: {
        type: "integer",
        title: "Answers after (ms)",
        minimum: 0,
        maximum: 60_000,
        default: 2_000,
      },
      fail_times: {
        type: "integer",
        title: "Fails so many times first",
        description: `Each is tried again; of ${RETRY.maxAttempts} attempts the last one counts.`,
        minimum: 0,
        maximum: 100,
        default: 0,
      },
      fail_for_good: {
        type: "boolean",
        title: "Then fails for good",
        description: "After those failures it refuses, and is not asked again.",
        default: false,
      },
    },
  };
}

/** A process of one synchronous and two queued tasks, as `POST /api/process/` starts it; its services are simulated. */
export const premiumSubscription = defineBlueprint({
  name: "premium_subscription",
  description: "Make somebody a premium subscriber: check the user, send the e-mail, register with the other service.",
  inputSchema: {
    type: "object",
    required: ["user_id"],
    additionalProperties: false,
    properties: {
      user_id: { type: "string", title: "User", minLength: 1, maxLength: 200 },
      simulate: {
        type: "object",
        title: "Simulated services",
        description: "What goes wrong on purpose, for demonstrations and tests.",
        additionalProperties: false,
        properties: {
          validate_user: {
            type: "object",
            title: "Check of the user",
            additionalProperties: false,
            properties: { reject: { type: "boolean", title: "Turns the user away", default: false } },
          },
          send_email: service("E-mail service"),
          register_external_service: service("Other service"),
        },
      },
    },
  },
  labels: { user_id: "${initial_data.user_id}" },
  timeoutSeconds: 86_400,
  states: {
    validate_user: handler(
      { to: ["send_email", "rejected"], inline: true, description: "Within the engine: is there such a user?" },
      ({ actions, initialData, stateHistory }) => {
        const { user_id, simulate } = initialData;
        const reason = refusal(user_id, simulate?.validate_user?.reject === true);
        if (reason === null) return actions.transitionTo("send_email");
        stateHistory.reason = reason;
        return actions.transitionTo("rejected");
      },
    ),
    send_email: task({
      description: "The mail that says welcome.",
      taskType: "demo_send_email",
      params: {
        user_id: "${initial_data.user_id}",
        simulate:
          "${has(initial_data.simulate) && has(initial_data.simulate.send_email) ? initial_data.simulate.send_email : {}}",
      },
      timeoutSeconds: 120,
      retry: RETRY,
      transitions: { success: "register_external_service", failure: "failed" },
    }),
    register_external_service: task({
      description: "The subscription, at the service that bills it.",
      taskType: "demo_register_service",
      params: {
        user_id: "${initial_data.user_id}",
        simulate:
          "${has(initial_data.simulate) && has(initial_data.simulate.register_external_service) ? initial_data.simulate.register_external_service : {}}",
      },
      timeoutSeconds: 120,
      retry: RETRY,
      transitions: { success: "done", failure: "failed" },
    }),
    done: end({ outcome: "success" }),
    rejected: end({ outcome: "failure" }),
    failed: end({ outcome: "failure" }),
  },
});

/** Why there can be no such user; null when there can. */
function refusal(userId: string, isTurnedAway: boolean): string | null {
  if (isTurnedAway) return "The user was turned away on purpose.";
  return /[^\s\p{C}]/u.test(userId) ? null : "The user_id has no visible character.";
}
