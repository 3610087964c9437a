import type { Hono } from "hono";
import { invalidRequest } from "@/server/errors";
import { chargeWorker, guarded, identify, requireRoom, tokenIn } from "./identify";
import { workerName } from "./read-registration";
import { readMessage } from "./signed-body";
import type { WorkerSecurity } from "./worker-security";

/** Longer ones are none of ours. */
const MOST_TOKEN_CHARS = 512;

/** `POST /auth/token` and `/auth/token/refresh`: short-lived tokens for workers. */
export function addStsRoutes(app: Hono, security: WorkerSecurity): void {
  app.post("/auth/token", async (c) => {
    const named = c.req.header("x-worker-id");
    const identity = await identify(c, named === undefined ? null : workerName(named, "X-Worker-ID"), security);
    await chargeWorker(c.req.raw, "session", identity.worker, security);
    // Older workers send `null` or `{}`; nothing in a body is looked at.
    await readMessage(c.req.raw);
    return c.json(await security.tokens.issue(identity, tokenIn(c)));
  });
  app.post("/auth/token/refresh", async (c) => {
    const worker = workerName(c.req.header("x-worker-id"), "X-Worker-ID");
    // Whoever asks is not known yet: what a stranger asks in a worker's name must not use up what that may ask.
    await requireRoom(c.req.raw, "session", worker, security);
    const message = await readMessage(c.req.raw);
    const token = message?.body.refresh_token;
    if (typeof token !== "string" || token === "" || token.length > MOST_TOKEN_CHARS)
      throw invalidRequest("refresh_token", "must be the refresh token that came with the last access token");
    const pair = await guarded(c, token, security, () => security.tokens.refresh(token, worker, tokenIn(c)));
    await chargeWorker(c.req.raw, "session", worker, security);
    return c.json(pair);
  });
}
