import { z } from "zod";
import { jsonObject, seconds, stateBase, text, transitions } from "./document-parts";

const approver = z
  .string()
  .max(320)
  .regex(
    /^(role:[A-Za-z0-9_-]+|group:[A-Za-z0-9_-]{1,128}|user:\S+@\S+|client:owner)$/,
    "must be role:<role>, group:<group>, user:<mail address> or client:owner",
  );

/** Members of a question to people, in a state and in an action. */
export const approvalFields = {
  message: text(10_000),
  form: jsonObject.optional(),
  approvers: z.array(approver).min(1).max(100).optional(),
  quorum: z.int().min(1).max(100).optional(),
  quorum_rejected: z.int().min(1).max(100).optional(),
  deny_starter: z.boolean().optional(),
  deadline_seconds: seconds.optional(),
  escalate: z
    .array(z.strictObject({ after_seconds: seconds, to: z.array(approver).min(1).max(100) }))
    .max(20)
    .optional(),
  transitions,
};

export const approvalState = z.strictObject({
  type: z.literal("approval"),
  ...stateBase,
  ...approvalFields,
});
