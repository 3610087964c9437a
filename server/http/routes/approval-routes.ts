import { z } from "zod";
import {
  approvalDetail,
  approvalId,
  approvalListQuery,
  approvalRow,
  approvalWebhookAnswer,
  approvalWebhookBody,
  decideAnswer,
  decideBody,
  delegateBody,
} from "@/lib/api/approval";
import { jobId, NEXT_CURSOR_HEADER } from "@/lib/api/shape";
import { JOB_STATUS } from "@/lib/job-status";
import { decideApproval } from "@/server/approvals/decide-approval";
import { delegateApproval } from "@/server/approvals/delegate-approval";
import { approverWordsOf, rowFor } from "@/server/approvals/eligibility";
import { withdrawVote } from "@/server/approvals/withdraw-vote";
import { type Caller, clientFilterOf } from "@/server/clients/caller";
import { ApiError, forbidden, invalidRequest, notFound } from "@/server/errors";
import { readStateHistory } from "@/server/jobs/read-state-history";
import {
  type ApprovalFacts,
  readApproval,
  readApprovals,
  readLastApprovalNo,
} from "@/server/store/reads/approval-rows";
import { authenticate } from "../authenticate";
import { cutJson } from "../cut-json";
import type { HttpDeps } from "../http-deps";
import { ok, operation } from "../operation";
import { visibleJob } from "./visible-job";

const approvalParams = z.object({ approval_id: approvalId });

const listApprovals = operation({
  id: "listApprovals",
  method: "GET",
  path: "/approvals",
  tag: "Approvals",
  summary: "Approvals, newest job first; `mine` leaves those that are put to the caller",
  access: "approvals:read",
  query: approvalListQuery,
  answers: { 200: { description: "A page of approvals", schema: z.array(approvalRow), headers: [NEXT_CURSOR_HEADER] } },
  async handle({ query, caller, deps }) {
    if (query.cursor !== undefined && !approvalId.safeParse(query.cursor).success)
      throw invalidRequest("cursor", "is not a cursor of this list");
    const filter = {
      clientId: clientFilterOf(caller),
      open: query.status === "open",
      blueprint: query.blueprint,
      words: query.mine ? approverWordsOf(caller) : undefined,
      cursor: query.cursor,
    };
    const { rows, next } = await readApprovals(deps.database.pool, filter, query.limit);
    return ok(
      rows.map((facts) => rowFor(facts, caller)),
      next ? { [NEXT_CURSOR_HEADER]: next } : {},
    );
  },
});

const getApproval = operation({
  id: "getApproval",
  method: "GET",
  path: "/approvals/{approval_id}",
  tag: "Approvals",
  summary: "One approval, with what it is decided by",
  access: "approvals:read",
  params: approvalParams,
  subject: "Approval",
  answers: { 200: { description: "The approval", schema: approvalDetail } },
  async handle({ params, caller, deps }) {
    const facts = await visibleApproval(deps, caller, params.approval_id);
    const blueprint = await deps.catalogue.byId(facts.blueprintId);
    const state = blueprint?.document.states[facts.row.state];
    return ok({
      ...rowFor(facts, caller),
      form: facts.form,
      starter: facts.starter,
      deny_starter: facts.denyStarter,
      transitions: state?.type === "approval" ? state.transitions : {},
      job_created_at: facts.jobCreatedAt,
      input: cutJson(facts.input),
      state_history: cutJson(blueprint ? await readStateHistory(deps.database, facts.row.job_id, blueprint) : {}),
    });
  },
});

const decide = operation({
  id: "decideApproval",
  method: "POST",
  path: "/approvals/{approval_id}/decide",
  tag: "Approvals",
  summary: "Decide an approval; of two at the same moment one wins, the other sees who",
  access: "approvals:decide",
  params: approvalParams,
  subject: "Approval",
  body: decideBody,
  answers: {
    200: { description: "It counts", schema: decideAnswer },
    409: { description: "It was decided before; `details` say by whom" },
  },
  async handle({ params, body, caller, deps }) {
    const { facts, reload } = await found(deps, caller, params.approval_id);
    const answer = await decideApproval(deps.engine, facts, caller, body, reload);
    return ok(answer);
  },
});

const delegate = operation({
  id: "delegateApproval",
  method: "POST",
  path: "/approvals/{approval_id}/delegate",
  tag: "Approvals",
  summary: "Put an approval to more people; those it was put to before stay",
  access: "approvals:decide",
  params: approvalParams,
  subject: "Approval",
  body: delegateBody,
  answers: {
    200: { description: "The approval as it is put now", schema: approvalRow },
    403: { description: "It is not put to the caller" },
    409: { description: "It is closed, or changed since the caller looked at it" },
  },
  async handle({ params, body, caller, deps }) {
    const { facts, reload } = await found(deps, caller, params.approval_id);
    const now = await delegateApproval(deps.engine, facts, caller, body, reload);
    return ok(rowFor(now, caller));
  },
});

const withdraw = operation({
  id: "withdrawVote",
  method: "POST",
  path: "/approvals/{approval_id}/withdraw",
  tag: "Approvals",
  summary: "Take one's own decision back while it is not enough yet",
  access: "approvals:decide",
  params: approvalParams,
  subject: "Approval",
  body: z.object({}).meta({ id: "WithdrawVote" }),
  bodyOptional: true,
  answers: {
    200: { description: "The approval without it", schema: approvalRow },
    409: { description: "It is closed, or the caller has not decided" },
  },
  async handle({ params, caller, deps }) {
    const { facts, reload } = await found(deps, caller, params.approval_id);
    const now = await withdrawVote(deps.engine, facts, caller, reload);
    return ok(rowFor(now, caller));
  },
});

const webhook = operation({
  id: "approvalWebhook",
  method: "POST",
  path: "/_public/webhooks/approval/{job_id}",
  tag: "Approvals",
  summary: "Decide a job's open approval in its owner's name; needs the owner's X-Client-Token",
  access: "open",
  params: z.object({ job_id: jobId }),
  subject: "Job",
  body: approvalWebhookBody,
  faultTexts: { decision: "decision is required in body" },
  answers: {
    200: { description: "It counts", schema: approvalWebhookAnswer },
    409: { description: "The job does not wait for an approval" },
  },
  async handle({ params, body, request, deps }) {
    const caller = await authenticate(request, deps).catch((error: unknown) => {
      throw error instanceof ApiError && error.code === "missing_token" ? noClient() : error;
    });
    if (!caller.permissions.has("approvals:decide"))
      throw forbidden("This token's scopes do not allow approvals:decide");
    const { status } = await visibleJob(deps, caller, params.job_id);
    const no = await readLastApprovalNo(deps.database.pool, params.job_id);
    if (no === null || status !== JOB_STATUS.waiting_for_human.code) throw notWaiting();
    const id = `${params.job_id}.${no}`;
    const { decision, comment, values } = body;
    const { facts, reload } = await found(deps, caller, id);
    await decideApproval(deps.engine, facts, caller, { decision, comment, values }, reload);
    return ok({ status: "approval_received", job_id: params.job_id });
  },
});

function noClient(): ApiError {
  return new ApiError(401, "missing_token", "Client authentication required");
}

function notWaiting(): ApiError {
  return new ApiError(409, "conflict", "Job is not in a state that can be approved");
}

async function visibleApproval(deps: HttpDeps, caller: Caller, id: string): Promise<ApprovalFacts> {
  const facts = await readFacts(deps, caller, id);
  if (!facts) throw notFound("Approval");
  return facts;
}

/** The approval, and how to read it again. */
async function found(deps: HttpDeps, caller: Caller, id: string) {
  const facts = await visibleApproval(deps, caller, id);
  return { facts, reload: () => readFacts(deps, caller, id) };
}

function readFacts(deps: HttpDeps, caller: Caller, id: string): Promise<ApprovalFacts | null> {
  const [job = "", no = ""] = id.split(".");
  return Number(no) > 2_147_483_647
    ? Promise.resolve(null)
    : readApproval(deps.database.pool, job, Number(no), clientFilterOf(caller));
}

export const approvalRoutes = [listApprovals, getApproval, decide, delegate, withdraw, webhook];
