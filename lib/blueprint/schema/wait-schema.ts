import { z } from "zod";
import { name, seconds, stateBase, target } from "./document-parts";

/** Where a wait leads, in a state and in an action. */
export const waitTargets = {
  signal: name.optional(),
  timeout_seconds: seconds.optional(),
  to: target.optional(),
  transitions: z.strictObject({ received: target.optional(), timeout: target.optional() }).optional(),
};

export const waitState = z.strictObject({
  type: z.literal("wait"),
  ...stateBase,
  seconds: z.union([seconds, z.string().min(1).max(2000)]).optional(),
  until: z.string().min(1).max(2000).optional(),
  ...waitTargets,
});
