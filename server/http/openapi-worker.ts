import { z } from "zod";
import {
  callOver,
  callSkillAnswer,
  callSkillBody,
  heartbeatAnswer,
  refreshBody,
  taskPayload,
  taskResultAnswer,
  taskResultBody,
  workerEventAnswer,
  workerEventBody,
  workerHeartbeat,
  workerId,
  workerRefusal,
  workerRegistered,
  workerRegistration,
  workerTokens,
} from "@/lib/api/worker-protocol";
import type { Described } from "./openapi-operation";

const TAG = "Worker protocol";
const protocol = { tag: TAG, access: "worker", errors: workerRefusal } as const;
const workerParams = z.object({ worker_id: workerId });

const REFUSALS: Described["answers"] = {
  400: { description: "The message is not as it should be", schema: workerRefusal },
  401: {
    description: "No token, a wrong one, or a signature that is missing, wrong or too old",
    schema: workerRefusal,
  },
  403: { description: "The message is another worker's than the one that is authenticated", schema: workerRefusal },
  413: { description: "The message is too large", schema: workerRefusal },
  429: { description: "Too many requests; `Retry-After` says when to come again", schema: workerRefusal },
};

const UNKNOWN: Described["answers"] = {
  404: { description: "This worker is not registered; register again", schema: workerRefusal },
};

/** `/_worker`: what remote workers say and hear. */
export const WORKER_OPERATIONS: readonly Described[] = [
  {
    ...protocol,
    id: "registerWorker",
    method: "POST",
    path: "/_worker/workers/register",
    summary: "Say who one is, what one can do and what one has",
    description: "Signed. Again with the same id: the old entry is replaced.",
    body: workerRegistration,
    answers: { 200: { description: "Registered", schema: workerRegistered }, ...REFUSALS },
  },
  {
    ...protocol,
    id: "sendHeartbeat",
    method: "PATCH",
    path: "/_worker/workers/{worker_id}",
    summary: "Say that one is there, how one is and at which tasks; hear which of them to give up",
    description: "Signed when it has a body; an empty one only says that the worker is there.",
    params: workerParams,
    body: workerHeartbeat,
    bodyOptional: true,
    answers: { 200: { description: "Heard", schema: heartbeatAnswer }, ...REFUSALS, ...UNKNOWN },
  },
  {
    ...protocol,
    id: "sendStatus",
    method: "PATCH",
    path: "/_worker/workers/{worker_id}/status",
    summary: "The heartbeat, by another name",
    params: workerParams,
    body: workerHeartbeat,
    bodyOptional: true,
    answers: { 200: { description: "Heard", schema: heartbeatAnswer }, ...REFUSALS, ...UNKNOWN },
  },
  {
    ...protocol,
    id: "openSocket",
    method: "GET",
    path: "/_worker/ws/{worker_id}",
    summary: "Open the WebSocket that commands come through; events may be sent back as frames",
    params: workerParams,
    answers: {
      101: { description: "It is a WebSocket from here on" },
      426: { description: "The request does not ask for a WebSocket", schema: workerRefusal },
      ...REFUSALS,
    },
  },
  {
    ...protocol,
    id: "nextTask",
    method: "GET",
    path: "/_worker/workers/{worker_id}/tasks/next",
    summary: "Wait for the next task",
    params: workerParams,
    query: z.object({
      timeout: z.coerce
        .number()
        .min(0)
        .optional()
        .meta({ description: "Seconds to wait, at most the server's own limit" }),
      available_skills: z
        .string()
        .max(10_000)
        .optional()
        .meta({ description: "Only tasks of these, joined by commas" }),
      hot_skills: z.string().max(10_000).optional().meta({ description: "Rather tasks of these, joined by commas" }),
      request_id: z.string().max(128).optional().meta({
        description: "The poll's own id: sent again after a lost answer, it is given the same attempt again",
      }),
    }),
    answers: {
      200: { description: "A task; its lease begins", schema: taskPayload },
      204: { description: "Nothing came in that time" },
      ...REFUSALS,
      ...UNKNOWN,
    },
  },
  {
    ...protocol,
    id: "sendResult",
    method: "POST",
    path: "/_worker/tasks/result",
    summary: "Hand in the result of a task",
    description: "Signed. Answered when it is stored; the same result again is answered in the same way.",
    body: taskResultBody,
    answers: { 200: { description: "Accepted, or why it changes nothing", schema: taskResultAnswer }, ...REFUSALS },
  },
  {
    ...protocol,
    id: "sendEvent",
    method: "POST",
    path: "/_worker/events",
    summary: "Tell of a task under way: its progress, or an event that its job waits for",
    description: "Signed, without `bubbling_chain`.",
    body: workerEventBody,
    answers: { 200: { description: "Accepted, or why it changes nothing", schema: workerEventAnswer }, ...REFUSALS },
  },
];

const CALL: Omit<Described, "id" | "path"> = {
  ...protocol,
  access: "either",
  method: "POST",
  summary: "Give a task to whoever has the skill, and wait for its result",
  description:
    "From a worker, or with the token of a client. `X-Task-ID` names the task in whose middle a worker asks.",
  body: callSkillBody,
  answers: {
    200: { description: "How the task ended", schema: callSkillAnswer },
    409: { description: "The task of `X-Task-ID` is not in this worker's hands", schema: workerRefusal },
    504: { description: "The time is over; the job goes on", schema: callOver },
    ...REFUSALS,
  },
};

/** A skill as a call: at the root, where the SDK of the reference looks for it, and beside the other paths. */
export const SKILL_CALL_OPERATIONS: readonly Described[] = [
  { ...CALL, id: "callSkill", path: "/skills/call" },
  { ...CALL, id: "callSkillAsWorker", path: "/_worker/skills/call" },
];

/** `/_worker/auth`: short-lived tokens in place of the worker's own. */
export const WORKER_TOKEN_OPERATIONS: readonly Described[] = [
  {
    ...protocol,
    id: "issueAccessToken",
    method: "POST",
    path: "/_worker/auth/token",
    summary: "Get an access token and a refresh token",
    answers: { 200: { description: "Both tokens", schema: workerTokens }, ...REFUSALS },
  },
  {
    ...protocol,
    id: "refreshAccessToken",
    method: "POST",
    path: "/_worker/auth/token/refresh",
    summary: "Get new tokens for a refresh token, which then is used up",
    description: "A refresh token that comes a second time was stolen: all tokens that came of it are withdrawn.",
    body: refreshBody,
    answers: { 200: { description: "Both tokens, new", schema: workerTokens }, ...REFUSALS },
  },
];
