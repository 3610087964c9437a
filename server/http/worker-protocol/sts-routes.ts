import { invalidRequest } from "@/server/errors";
import { chargeWorker, guarded, identify, requireRoom, tokenIn } from "./identify";
import { workerName } from "./read-registration";
import { readMessage } from "./signed-body";
import { json, type WorkerAnswer, type WorkerCall } from "./worker-call";
import type { WorkerSecurity } from "./worker-security";

/** Longer ones are none of ours. */
const MOST_TOKEN_CHARS = 512;

/** `POST /auth/token`: a short-lived token, and one to renew it with. */
export async function issueToken(call: WorkerCall, security: WorkerSecurity): Promise<WorkerAnswer> {
  const named = call.header("x-worker-id");
  const identity = await identify(call, named === undefined ? null : workerName(named, "X-Worker-ID"), security);
  await chargeWorker(call, "session", identity.worker, security);
  // Older workers send `null` or `{}`; nothing in a body is looked at.
  await readMessage(call);
  return json(await security.tokens.issue(identity, tokenIn(call)));
}

/** `POST /auth/token/refresh`: the next pair for a refresh token. */
export async function refreshToken(call: WorkerCall, security: WorkerSecurity): Promise<WorkerAnswer> {
  const worker = workerName(call.header("x-worker-id"), "X-Worker-ID");
  // Whoever asks is not known yet: what a stranger asks in a worker's name must not use up what that may ask.
  await requireRoom(call, "session", worker, security);
  const message = await readMessage(call);
  const token = message?.body.refresh_token;
  if (typeof token !== "string" || token === "" || token.length > MOST_TOKEN_CHARS)
    throw invalidRequest("refresh_token", "must be the refresh token that came with the last access token");
  const pair = await guarded(call, token, security, () => security.tokens.refresh(token, worker, tokenIn(call)));
  await chargeWorker(call, "session", worker, security);
  return json(pair);
}
