import type { JsonValue } from "@/lib/json";
import { ApiError, invalidRequest } from "@/server/errors";
import type { LimitClass } from "@/server/limits/rate-limits";
import type { WorkerCredentials, WorkerIdentity } from "@/server/workers/auth/identity";
import { holdToLimit, noteLimit, tooManyRequests } from "../rate-limit-answer";
import { MAX_BODY_BYTES } from "../read-body";
import { addressOf } from "../remote-address";
import { peerNameOf } from "../tls/peer-name";
import { workerName } from "./read-registration";
import { readMessage, verify, type WorkerMessage } from "./signed-body";
import type { WorkerCall } from "./worker-call";
import type { WorkerSecurity } from "./worker-security";

/** Of a message whose sender can only be known from itself. */
const MAX_UNNAMED_BYTES = 4 * MAX_BODY_BYTES;

/**
 * Who sent a request that speaks for `worker` (null: it names nobody); at once of who was good just now. Throws 401, 403,
 * or 429 after too many guesses.
 */
export function identify(
  call: WorkerCall,
  worker: string | null,
  security: WorkerSecurity,
): WorkerIdentity | Promise<WorkerIdentity> {
  return identifyBy(credentialsOf(call, security), call, worker, security);
}

function identifyBy(
  credentials: WorkerCredentials,
  call: WorkerCall,
  worker: string | null,
  security: WorkerSecurity,
): WorkerIdentity | Promise<WorkerIdentity> {
  const known = security.authentication.recall(credentials, worker);
  if (known) return known;
  const check = () => security.authentication.authenticate(credentials, worker);
  return credentials.certificate === null ? guarded(call, credentials.token, security, check) : check();
}

/** Runs what looks at a secret. Whoever sent too many wrong ones from one address is refused unheard: 429. */
export async function guarded<T>(
  call: WorkerCall,
  secret: string | undefined,
  { guard, trustProxy }: WorkerSecurity,
  check: () => Promise<T>,
): Promise<T> {
  if (guard === null || secret === undefined) return check();
  const address = addressOf(call.socket, call.header("x-forwarded-for"), trustProxy);
  const refusal = await guard.refusal(address, secret);
  if (refusal) throw tooManyRequests(refusal);
  try {
    const known = await check();
    guard.good(secret);
    return known;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) await guard.wrong(address);
    throw error;
  }
}

/** Charges one request of a worker, for the headers of its answer. Throws 429 when it is one too many. */
export async function chargeWorker(
  call: WorkerCall,
  name: LimitClass,
  worker: string,
  { limits }: WorkerSecurity,
): Promise<void> {
  if (limits) holdToLimit(call, await limits.take(name, worker));
}

/** Throws 429 when a worker has nothing left of a limit; charges nothing yet. */
export async function requireRoom(
  call: WorkerCall,
  name: LimitClass,
  worker: string,
  { limits }: WorkerSecurity,
): Promise<void> {
  if (!limits) return;
  const state = limits.look(name, worker);
  holdToLimit(call, state instanceof Promise ? await state : state);
}

/** Charges a poll that brought nothing, for the headers of its answer: it is answered all the same. */
export async function chargeEmptyPoll(call: WorkerCall, worker: string, { limits }: WorkerSecurity): Promise<void> {
  if (limits) noteLimit(call, await limits.take("poll", worker));
}

/** A message whose sender is known and whose signature, if it has or needs one, is good. */
export async function signedMessage(
  call: WorkerCall,
  security: WorkerSecurity,
  options: { ignored?: readonly string[]; maxBytes?: number } = {},
): Promise<{ message: WorkerMessage; worker: string; identity: WorkerIdentity }> {
  const named = call.header("x-worker-id");
  const credentials = credentialsOf(call, security);
  const { token, certificate } = credentials;
  // Whoever shows nothing at all is told so before a byte of the body is read.
  if (!token && certificate === null) await identifyBy(credentials, call, named ?? null, security);
  // Nor does a stranger make us keep much.
  if (named !== undefined && mayBeLarge(call))
    await identifyBy(credentials, call, workerName(named, "X-Worker-ID"), security);
  const message = await readMessage(call, named === undefined ? leastOf(options.maxBytes) : options.maxBytes);
  if (!message) throw invalidRequest("", "The body is empty; a JSON object is expected");
  const said = message.body.worker_id ?? named ?? null;
  const claimed = said === null && certificate !== null ? null : workerName(said ?? undefined, "worker_id");
  if (claimed !== null && named !== undefined && named !== claimed) throw senderMismatch(security);
  const identity = await identifyBy(credentials, call, claimed, security);
  verify(message, identity, security, options.ignored);
  return { message, worker: identity.worker, identity };
}

/** Whoever does not say who it is in the headers is heard out before it is known. */
function leastOf(maxBytes: number | undefined): number | undefined {
  return maxBytes && Math.min(maxBytes, MAX_UNNAMED_BYTES);
}

function mayBeLarge(call: WorkerCall): boolean {
  const length = call.header("content-length");
  return length === undefined || Number(length) > MAX_BODY_BYTES;
}

/** Throws 403 when a body names another worker than the request is of. */
export function requireSender(named: JsonValue | undefined, worker: string, security: WorkerSecurity): void {
  if (named !== undefined && named !== null && named !== worker) throw senderMismatch(security);
}

function senderMismatch({ figures }: WorkerSecurity): ApiError {
  figures.refused("identity_mismatch");
  return new ApiError(
    403,
    "forbidden",
    "Immediate sender ID mismatch: worker_id differs from the authenticated worker",
  );
}

/** `X-Worker-Token`, or `Authorization: Bearer`. */
export function tokenIn(call: WorkerCall): string | undefined {
  return call.header("x-worker-token") ?? /^Bearer +(.+)$/i.exec(call.header("authorization") ?? "")?.[1];
}

/** What a request shows: its token, and the name in the certificate of its connection or told by the proxy. */
function credentialsOf(call: WorkerCall, { proxy }: WorkerSecurity): WorkerCredentials {
  const { socket } = call;
  const told = proxy?.nameOf((name) => call.header(name), socket?.remoteAddress);
  // Through a proxy the connection's own certificate is the proxy's.
  return { token: tokenIn(call), certificate: told === undefined ? peerNameOf(socket) : told };
}
