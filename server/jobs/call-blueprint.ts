import type { JsonObject } from "@/lib/json";
import { type DefinedBlueprint, defineBlueprint, handlersFor } from "@/server/engine/blueprint/define";

export const CALL_BLUEPRINT = "skill_call";

/** What a call of a skill is started with. */
export interface CallInput {
  skill_name: string;
  params: JsonObject;
}

const { handler, end } = handlersFor<{ input: JsonObject; dataStores: object }>();

/** A job that nobody waits for any more does not wait for a worker for ever. */
const LONGEST_SECONDS = 86_400;

const call = handler(
  { to: ["done", "failed"], start: true, description: "Give the skill to a worker." },
  async ({ initialData, actions }) => {
    const { skill_name: taskType, params } = initialData as unknown as CallInput;
    return actions.dispatchTask({ taskType, params, transitions: { success: "done", failure: "failed" } });
  },
);

/** One task as a job of its own: what a worker or a client asked for by `POST /skills/call`. */
export function callBlueprint(): DefinedBlueprint {
  return defineBlueprint({
    name: CALL_BLUEPRINT,
    description: "One task, called by a worker or a client that waits for its answer.",
    labels: { skill: "${initial_data.skill_name}" },
    timeoutSeconds: LONGEST_SECONDS,
    inputSchema: {
      type: "object",
      required: ["skill_name", "params"],
      additionalProperties: false,
      properties: {
        skill_name: { type: "string", title: "Skill", pattern: "^[a-zA-Z0-9_-]{1,128}$" },
        params: { type: "object", title: "Parameters" },
      },
    },
    states: {
      call,
      done: end({ outcome: "success", result: "${state_history}" }),
      failed: end({ outcome: "failure" }),
    },
  });
}
