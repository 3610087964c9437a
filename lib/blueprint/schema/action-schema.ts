import { z } from "zod";
import type { HandlerAction } from "../action";
import { BLUEPRINT_LIMITS } from "../names";
import { approvalFields } from "./approval-schema";
import { jsonObject, name, seconds, target, transitions } from "./document-parts";
import { fanOutFields, taskFields, taskSpec } from "./task-schema";
import { waitTargets } from "./wait-schema";

/** What a handler may decide, as stored. */
export const handlerAction = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("transition_to"), to: target }),
  z.strictObject({ type: z.literal("dispatch_task"), ...taskFields, transitions, on_event: transitions.optional() }),
  z.strictObject({
    type: z.literal("dispatch_parallel"),
    /** None is allowed: the aggregate then follows at once. */
    tasks: z.array(taskSpec).max(BLUEPRINT_LIMITS.branches),
    ...fanOutFields,
  }),
  z.strictObject({ type: z.literal("await_human_approval"), ...approvalFields }),
  z.strictObject({ type: z.literal("run_blueprint"), blueprint: name, input: jsonObject, transitions }),
  z.strictObject({
    type: z.literal("wait_for"),
    seconds: seconds.optional(),
    until: z.iso.datetime({ offset: true }).optional(),
    ...waitTargets,
  }),
]) satisfies z.ZodType<HandlerAction>;

/** The faults of an action that user code made, in words; empty when there is none. */
export function actionFaults(action: unknown): string[] {
  const parsed = handlerAction.safeParse(action);
  return parsed.success
    ? []
    : parsed.error.issues.slice(0, 5).map((issue) => `${z.core.toDotPath(issue.path)} ${issue.message}`.trim());
}
