import { get, type IncomingMessage } from "node:http";
import { get as getSecurely } from "node:https";
import { setTimeout as delay } from "node:timers/promises";

const ANSWER_WITHIN_MS = 2_000;
/** How a server that asks everybody for a certificate sends away who has none: by then it listens, which it does last. */
const ASKED_FOR_CERTIFICATE = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/;

/**
 * Asks `url` until it answers with 2xx. Resolves `false` when `signal` is aborted first. `onSlow` is called every
 * 15 s with what was last seen.
 */
export async function waitReady(url: string, signal: AbortSignal, onSlow: (seen: string) => void): Promise<boolean> {
  let seen = "no answer";
  let told = Date.now();
  while (!signal.aborted) {
    const answer = await ask(url);
    if (answer.ready) return true;
    seen = answer.seen;
    if (Date.now() - told > 15_000) {
      told = Date.now();
      onSlow(seen);
    }
    await delay(100);
  }
  return false;
}

async function ask(url: string): Promise<{ ready: boolean; seen: string }> {
  try {
    const response = await request(url);
    let body = "";
    for await (const chunk of response.setEncoding("utf8")) body += chunk;
    const status = response.statusCode ?? 0;
    return { ready: status >= 200 && status < 300, seen: `${status} ${body.slice(0, 200)}` };
  } catch (error) {
    return { ready: ASKED_FOR_CERTIFICATE.test((error as { code?: string }).code ?? ""), seen: "no answer" };
  }
}

/** It is this machine's own server: its certificate is for other names, and may be signed by nobody. */
function request(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), agent: false as const };
    const asked = url.startsWith("https:")
      ? getSecurely(url, { ...options, rejectUnauthorized: false }, resolve)
      : get(url, options, resolve);
    asked.on("error", reject);
  });
}
