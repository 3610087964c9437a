import { z } from "zod";
import { BLUEPRINT_LIMITS } from "../names";
import {
  condition,
  jsonObject,
  jsonValue,
  name,
  retryPolicy,
  seconds,
  stateBase,
  target,
  transitions,
} from "./document-parts";

export const handlerState = z.strictObject({
  type: z.literal("handler"),
  ...stateBase,
  handler: name,
  to: z.array(target).min(1).max(BLUEPRINT_LIMITS.states),
  inline: z.boolean().optional(),
  cases: z
    .array(z.strictObject({ when: condition, handler: name }))
    .max(BLUEPRINT_LIMITS.cases)
    .optional(),
  timeout_seconds: seconds.optional(),
  retry: retryPolicy.optional(),
});

export const choiceState = z.strictObject({
  type: z.literal("choice"),
  ...stateBase,
  cases: z.array(z.strictObject({ when: condition, to: target })).max(BLUEPRINT_LIMITS.cases),
  default: target.optional(),
});

export const setState = z.strictObject({ type: z.literal("set"), ...stateBase, values: jsonObject, to: target });

export const childState = z.strictObject({
  type: z.literal("child"),
  ...stateBase,
  blueprint: name,
  input: jsonObject.optional(),
  transitions,
});

export const endState = z.strictObject({
  type: z.literal("end"),
  ...stateBase,
  outcome: z.enum(["success", "failure"]),
  result: jsonValue.optional(),
  handler: name.optional(),
});
