import { z } from "zod";
import type { BlueprintDocument } from "../document";
import { BLUEPRINT_LIMITS, SPREAD_LABELS } from "../names";
import { approvalState } from "./approval-schema";
import { jsonObject, name, seconds } from "./document-parts";
import { childState, choiceState, endState, handlerState, setState } from "./flow-schema";
import { parallelState, taskState } from "./task-schema";
import { waitState } from "./wait-schema";

export const blueprintState = z.discriminatedUnion("type", [
  handlerState,
  choiceState,
  setState,
  taskState,
  parallelState,
  approvalState,
  childState,
  waitState,
  endState,
]);

/** The whole document, by shape. What it means (targets, reachability, expressions) is checked by `parseBlueprint`. */
export const blueprintDocument = z.strictObject({
  name,
  description: z.string().max(10_000).optional(),
  api_version: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,32}$/, "must be 1 to 32 letters, digits, '.', '_' or '-'")
    .optional(),
  api_endpoint: z
    .string()
    .max(200)
    .regex(/^(\/[A-Za-z0-9_-]+)+$/, "must be a path such as /jobs/video, of letters, digits, '_' and '-'")
    .optional(),
  input_schema: jsonObject.optional(),
  output_schema: jsonObject.optional(),
  labels: z.record(z.union([name, z.literal(SPREAD_LABELS)]), z.string().max(1000)).optional(),
  timeout_seconds: seconds.optional(),
  max_transitions: z.int().min(1).max(BLUEPRINT_LIMITS.transitions).optional(),
  states: z.record(name, blueprintState).refine((states) => Object.keys(states).length <= BLUEPRINT_LIMITS.states, {
    message: `may have ${BLUEPRINT_LIMITS.states} states at most`,
  }),
}) satisfies z.ZodType<BlueprintDocument>;
