import { z } from "zod";
import { actor, blueprintName, jobId, jsonObject, pageCursor, pageLimit, timestamp } from "./shape";

/** `<job>.<no>` */
export const approvalId = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.\d{1,10}$/,
    "must be an approval id, <job>.<number>",
  );

export const approvalVote = z
  .object({ decision: z.string(), by: actor, comment: z.string().optional(), values: jsonObject.optional() })
  .meta({ id: "ApprovalVote" });

export const approvalRow = z
  .object({
    approval_id: approvalId,
    job_id: jobId,
    no: z.number().int(),
    status: z.enum(["open", "decided", "expired", "withdrawn"]),
    state: z.string(),
    message: z.string(),
    blueprint_name: z.string(),
    blueprint_version: z.number().int(),
    client_name: z.string(),
    labels: z.record(z.string(), z.string()),
    approvers: z.array(z.string()),
    quorum: z.number().int(),
    decisions: z.array(z.string()).meta({ description: "The words that may be decided, as buttons" }),
    votes: z.array(approvalVote),
    outcome: z.string().nullable(),
    version: z.number().int().meta({ description: "Counts its changes: what `decide` and `delegate` may name" }),
    asked_at: timestamp,
    decided_at: timestamp.nullable(),
    deadline_at: timestamp.nullable(),
    may_decide: z.boolean().meta({ description: "True when this caller may decide it now" }),
    may_withdraw: z.boolean().meta({ description: "True when this caller has decided and may take that back" }),
    why_not: z.enum(["not_approver", "starter", "already_voted", "closed"]).nullable(),
  })
  .meta({ id: "ApprovalRow" });

export const approvalDetail = approvalRow
  .extend({
    form: jsonObject.nullable().meta({ description: "JSON Schema of the values" }),
    starter: actor.nullable(),
    deny_starter: z.boolean(),
    transitions: z.record(z.string(), z.string()).meta({ description: "Decision → the state that follows" }),
    job_created_at: timestamp,
    input: jsonObject,
    state_history: jsonObject.meta({ description: "What the job has gathered so far; large texts are cut" }),
  })
  .meta({ id: "ApprovalDetail" });

export const approvalListQuery = z.object({
  status: z.enum(["open", "decided"]).default("open"),
  mine: z
    .enum(["true", "false", "1", "0"])
    .transform((word) => word === "true" || word === "1")
    .optional(),
  blueprint: blueprintName.optional(),
  limit: pageLimit(50, 200),
  cursor: pageCursor,
});

const seen = z.number().int().min(1).max(2_147_483_647).optional().meta({
  description: "The version that the caller has seen: when it is another one by now, nothing is changed (409)",
});

export const decideBody = z
  .object({
    decision: z.string({ error: "decision is required in body" }).min(1).max(128),
    comment: z.string().max(4000).optional(),
    values: jsonObject.optional().meta({ description: "The form's values" }),
    version: seen,
  })
  .meta({ id: "Decide" });

/** `POST /api/v1/approvals/{approval_id}/delegate`: those it was put to before stay. */
export const delegateBody = z
  .object({
    to: z
      .array(
        z
          .string()
          .max(320)
          .regex(
            /^(role:[A-Za-z0-9_-]+|group:[A-Za-z0-9_-]{1,128}|user:\S+@\S+)$/,
            "must be user:<mail address>, group:<group> or role:<role>",
          ),
        { error: "to is required: a list of user:<mail address>, group:<group> or role:<role>" },
      )
      .min(1, "must name somebody")
      .max(20, "must be at most 20"),
    comment: z.string().max(4000).optional(),
    version: seen,
  })
  .meta({ id: "Delegate" });

export const decideAnswer = z
  .object({
    status: z.enum(["decided", "recorded"]).meta({ description: "`recorded`: more voices are needed" }),
    approval_id: approvalId,
    job_id: jobId,
    decision: z.string(),
    job_status: z.string(),
    state: z.string(),
    version: z.number().int().meta({ description: "Of the approval, after it" }),
  })
  .meta({ id: "Decided" });

/** `POST /_public/webhooks/approval/{job_id}`, the reference's shape. */
export const approvalWebhookBody = z
  .object({
    decision: z.string({ error: "decision is required in body" }).min(1, "decision is required in body").max(128),
    comment: z.string().max(4000).optional(),
    values: jsonObject.optional(),
    security: jsonObject.optional(),
    metadata: jsonObject.optional(),
  })
  .meta({ id: "ApprovalWebhook" });
export const approvalWebhookAnswer = z
  .object({ status: z.literal("approval_received"), job_id: jobId })
  .meta({ id: "ApprovalReceived" });

export type ApprovalVote = z.infer<typeof approvalVote>;
export type ApprovalRow = z.infer<typeof approvalRow>;
export type ApprovalDetail = z.infer<typeof approvalDetail>;
export type DecideBody = z.infer<typeof decideBody>;
export type DelegateBody = z.infer<typeof delegateBody>;
export type DecideAnswer = z.infer<typeof decideAnswer>;
