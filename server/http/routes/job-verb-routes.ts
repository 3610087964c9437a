import { z } from "zod";
import { reasonBody, retryAnswer } from "@/lib/api/job";
import { cancellation } from "@/lib/api/job-answer";
import {
  completeBody,
  forkAnswer,
  forkBody,
  jobNow,
  priorityBody,
  requeueBody,
  signalBody,
  signalParams,
} from "@/lib/api/job-verb";
import { jobId } from "@/lib/api/shape";
import type { Actor } from "@/lib/job-event";
import type { Permission } from "@/lib/roles";
import { actorOf } from "@/server/clients/caller";
import { ApiError, notFound } from "@/server/errors";
import type { JobNow } from "@/server/jobs/ask-engine";
import { cancelJob } from "@/server/jobs/cancel-job";
import { completeStep } from "@/server/jobs/complete-step";
import { forkJob } from "@/server/jobs/fork-job";
import { giveUpJob } from "@/server/jobs/give-up-job";
import { pauseJob } from "@/server/jobs/pause-job";
import { requeueJob } from "@/server/jobs/requeue-job";
import { resumeJob } from "@/server/jobs/resume-job";
import { retryJob } from "@/server/jobs/retry-job";
import { sendSignal } from "@/server/jobs/send-signal";
import { setPriority } from "@/server/jobs/set-priority";
import type { Engine } from "@/server/turn/engine-contract";
import { type Operation, ok, operation } from "../operation";
import { visibleJob } from "./visible-job";

const jobParams = z.object({ job_id: jobId });
const subject = "Job";
const tag = "Jobs";
const NOW = { description: "Where the job stands after it", schema: jobNow };

interface Verb<Body> {
  /** Of the operation; the path is its last part. */
  id: string;
  word: string;
  summary: string;
  access: Permission;
  body: z.ZodType<Body>;
  bodyOptional?: true;
  /** When it is refused, by status. */
  refused: Record<number, string>;
  do(engine: Engine, jobId: string, by: Actor, body: Body): Promise<JobNow>;
  answer?: Operation["answers"][number];
  shape?(now: JobNow, jobId: string, by: Actor): unknown;
  /** What a client is told in place of a refusal. */
  refusedTo?(by: Actor, error: unknown): unknown;
}

/** One verb on one job: look whether the caller may know of the job, and do it. The commit writes down who did. */
function verb<Body extends { reason?: string | undefined }>(spec: Verb<Body>): Operation {
  const refused = Object.entries(spec.refused).map(([status, description]) => [status, { description }]);
  return operation({
    id: spec.id,
    method: "POST",
    path: `/jobs/{job_id}/${spec.word}`,
    tag,
    summary: spec.summary,
    access: spec.access,
    params: jobParams,
    subject,
    body: spec.body,
    ...(spec.bodyOptional ? { bodyOptional: true } : {}),
    answers: { 200: spec.answer ?? NOW, ...Object.fromEntries(refused) },
    async handle({ params, body, caller, deps }) {
      const { job_id } = params;
      await visibleJob(deps, caller, job_id);
      const by = actorOf(caller);
      const now = await spec.do(deps.engine, job_id, by, body).catch((error: unknown) => {
        throw spec.refusedTo?.(by, error) ?? error;
      });
      return ok(spec.shape ? spec.shape(now, job_id, by) : { job_id, ...now });
    },
  });
}

const cancel = verb({
  id: "cancelJob",
  word: "cancel",
  summary: "End a job now, with its tasks and children",
  access: "jobs:cancel",
  body: reasonBody,
  bodyOptional: true,
  refused: { 404: "It is not there, or to a token: it has ended already", 409: "To a session: it has ended already" },
  do: (engine, id, by, { reason }) => cancelJob(engine, id, by, reason),
  answer: { description: "It is cancelled", schema: cancellation },
  shape: ({ version }, job_id, by) => ({
    status: by.kind === "client" ? "cancellation_request_accepted" : "cancelled",
    job_id,
    version,
  }),
  refusedTo: (by, error) => (by.kind === "client" ? endedAlready(error) : error),
});

/** The reference's words for a job that has ended. */
function endedAlready(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.status !== 409) return error;
  const { details } = error;
  return new ApiError(404, "not_found", "Job not found or already terminal.", details ? { details } : {});
}

const retry = verb({
  id: "retryJob",
  word: "retry",
  summary: "Run a failed or quarantined job again from where it stands",
  access: "jobs:retry",
  body: reasonBody,
  bodyOptional: true,
  refused: { 409: "It has not failed" },
  do: (engine, id, by, { reason }) => retryJob(engine, id, by, reason),
  answer: { description: "It goes on", schema: retryAnswer },
});

const pause = verb({
  id: "pauseJob",
  word: "pause",
  summary: "Hold a job: what is under way may end, nothing new begins",
  access: "jobs:operate",
  body: reasonBody,
  bodyOptional: true,
  refused: { 409: "It is paused, in quarantine or has ended" },
  do: (engine, id, by, { reason }) => pauseJob(engine, id, by, reason),
});

const resume = verb({
  id: "resumeJob",
  word: "resume",
  summary: "Let a paused job go on",
  access: "jobs:operate",
  body: reasonBody,
  bodyOptional: true,
  refused: { 409: "It is not paused" },
  do: (engine, id, by, { reason }) => resumeJob(engine, id, by, reason),
});

const requeue = verb({
  id: "requeueJob",
  word: "requeue",
  summary: "Take a job out of quarantine, with its data put right",
  access: "jobs:operate",
  body: requeueBody,
  bodyOptional: true,
  refused: { 409: "It is not in quarantine", 422: "The patched input breaks the blueprint's input_schema" },
  do: (engine, id, by, { reason, patch }) => requeueJob(engine, id, by, reason, patch),
});

const giveUp = verb({
  id: "giveUpJob",
  word: "give-up",
  summary: "End a quarantined job as failed",
  access: "jobs:operate",
  body: reasonBody,
  bodyOptional: true,
  refused: { 409: "It is not in quarantine" },
  do: (engine, id, by, { reason }) => giveUpJob(engine, id, by, reason),
});

const complete = verb({
  id: "completeStep",
  word: "complete",
  summary: "End the current step by hand, with one of the words that lead out of it",
  access: "jobs:operate",
  body: completeBody,
  refused: { 400: "No such word leads on from here; the details list those that do", 409: "It has ended" },
  do: (engine, id, by, { reason, outcome, data }) => completeStep(engine, id, by, reason, { outcome, data }),
});

const prioritise = verb({
  id: "setJobPriority",
  word: "priority",
  summary: "Set the priority of all the job's tasks; higher comes first",
  access: "jobs:operate",
  body: priorityBody.extend({ reason: reasonBody.shape.reason }),
  refused: { 409: "It has ended" },
  do: (engine, id, by, { priority }) => setPriority(engine, id, by, priority),
});

const signal = operation({
  id: "sendSignal",
  method: "POST",
  path: "/jobs/{job_id}/signals/{name}",
  tag,
  summary: "Give a waiting job the signal that it waits for",
  access: "jobs:signal",
  params: signalParams,
  subject,
  body: signalBody,
  bodyOptional: true,
  answers: { 200: NOW, 409: { description: "It does not wait for this signal; the details say what it waits for" } },
  async handle({ params, body, caller, deps }) {
    const { job_id, name } = params;
    await visibleJob(deps, caller, job_id);
    const now = await sendSignal(deps.engine, job_id, actorOf(caller), name, body.payload);
    return ok({ job_id, ...now });
  },
});

const fork = operation({
  id: "forkJob",
  method: "POST",
  path: "/jobs/{job_id}/fork",
  tag,
  summary: "Start a new job in any state, with this one's data put right",
  access: "jobs:operate",
  params: jobParams,
  subject,
  body: forkBody,
  answers: {
    201: { description: "The new job", schema: forkAnswer, headers: ["Location"] },
    400: { description: "No such state or event, or a state that the job never entered without `seq`" },
    422: { description: "The patched input breaks the blueprint's input_schema" },
  },
  async handle({ params, body, caller, deps }) {
    const { job_id } = params;
    const { blueprintId } = await visibleJob(deps, caller, job_id);
    const blueprint = await deps.catalogue.byId(blueprintId);
    if (!blueprint) throw notFound("Blueprint");
    const { state, seq: asked, reason, patch } = body;
    const order = { jobId: job_id, blueprint, by: actorOf(caller), reason, state, seq: asked, patch };
    const { jobId: made, seq } = await forkJob(deps, order);
    const forked = { job_id: made, forked_from: { job_id, seq, state } };
    return { status: 201, body: forked, headers: { location: `/api/v1/jobs/${made}` } };
  },
});

export const jobVerbRoutes: readonly Operation[] = [
  cancel,
  retry,
  pause,
  resume,
  requeue,
  giveUp,
  complete,
  prioritise,
  signal,
  fork,
];
