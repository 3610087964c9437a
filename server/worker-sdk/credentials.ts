import type { HttpAnswer, HttpClient } from "./http-client";
import { jsonOf } from "./wire-error";
import type { WorkerLog } from "./worker-log";

/** An access token is exchanged when so much of its life is over. */
const RENEW_AT = 0.8;
const LEAST_RENEWAL_MS = 5_000;
const REQUEST_MS = 15_000;

export interface Credentials {
  /** Headers that name the worker. */
  headers(): Record<string, string>;
  /** The key of its signatures; null: it signs nothing. */
  secret(): string | null;
  /** Takes the tokens that an answer carries, if it does. */
  adopt(body: Record<string, unknown> | null): void;
  /** Gets a new access token; false when the orchestrator gives none. One request, however many ask at once. */
  refresh(): Promise<boolean>;
  stop(): void;
}

/** The worker's own token, and the access tokens that it is exchanged for. */
export function createCredentials(options: {
  http: HttpClient;
  workerId: string;
  /** Absent: a client certificate names the worker. */
  token: string | undefined;
  sign: boolean;
  version: string;
  log: WorkerLog;
}): Credentials {
  const { http, workerId, log } = options;
  let access: string | null = null;
  let refreshToken: string | null = null;
  let running: Promise<boolean> | null = null;
  let renewal: NodeJS.Timeout | undefined;

  function headers(): Record<string, string> {
    return headersWith(access ?? options.token);
  }

  function headersWith(token: string | undefined): Record<string, string> {
    return {
      "x-worker-id": workerId,
      "x-rxon-version": options.version,
      ...(token === undefined ? {} : { "x-worker-token": token }),
    };
  }

  function adopt(body: Record<string, unknown> | null): void {
    if (typeof body?.access_token !== "string" || body.access_token === "") return;
    access = body.access_token;
    refreshToken = typeof body.refresh_token === "string" ? body.refresh_token : null;
    const seconds = typeof body.expires_in === "number" && body.expires_in > 0 ? body.expires_in : 3_600;
    clearTimeout(renewal);
    renewal = setTimeout(() => void refresh(), Math.max(LEAST_RENEWAL_MS, seconds * 1_000 * RENEW_AT));
    renewal.unref();
  }

  async function exchange(): Promise<boolean> {
    const { token } = options;
    const asked: (() => Promise<HttpAnswer>)[] = [];
    const held = refreshToken;
    if (held !== null) asked.push(() => ask("/refresh", headers(), JSON.stringify({ refresh_token: held })));
    // Whatever became of the access token, the worker's own token asks for another.
    asked.push(() => ask("", headersWith(token)));
    for (const attempt of asked) {
      const answer = await attempt();
      if (answer.status === 200) {
        adopt(jsonOf(answer));
        return true;
      }
    }
    access = null;
    refreshToken = null;
    return false;
  }

  function ask(path: string, head: Record<string, string>, body?: string): Promise<HttpAnswer> {
    return http.send({
      method: "POST",
      path: `/_worker/auth/token${path}`,
      headers: body === undefined ? head : { ...head, "content-type": "application/json" },
      body,
      timeoutMs: REQUEST_MS,
    });
  }

  function refresh(): Promise<boolean> {
    running ??= exchange()
      .catch((error: unknown) => {
        log.warn("could not ask for an access token", { error: (error as Error).message });
        return false;
      })
      .finally(() => {
        running = null;
      });
    return running;
  }

  return {
    headers,
    secret: () => (options.sign ? (options.token ?? access) : null),
    adopt,
    refresh,
    stop: () => clearTimeout(renewal),
  };
}
