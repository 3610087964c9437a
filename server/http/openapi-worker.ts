import { z } from "zod";
import {
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
