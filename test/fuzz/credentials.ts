import type { Credentials } from "./requests";

export interface Known {
  clientToken: string;
  workerToken: string;
  /** The cookies of an admin's session. */
  cookie: string;
  /** The token of another client. */
  otherToken: string;
  /** Where the system is; a browser would send it as its origin. */
  origin: string;
}

/** Who asks: those that may, and those that may not. */
export function credentialsOf({ clientToken, workerToken, cookie, otherToken, origin }: Known): Credentials {
  return {
    client: { "x-client-token": clientToken },
    session: { cookie, origin, "sec-fetch-site": "same-origin" },
    worker: { "x-worker-token": workerToken, "x-worker-id": "fuzz-worker" },
    foreign: [
      {},
      { "x-client-token": otherToken },
      { "x-client-token": "a token that nobody has" },
      { "x-client-token": "" },
      { "x-client-token": "\u00ff".repeat(100) },
      { "x-client-token": workerToken },
      { authorization: `Bearer ${otherToken}` },
      { authorization: `Bearer ${"x".repeat(10_000)}` },
      { cookie },
      { cookie: "batuta.session_token=made.up", origin },
      { cookie, origin: "http://evil.example" },
      { "x-worker-token": "a token that nobody has", "x-worker-id": "fuzz-worker" },
      { "x-worker-token": workerToken, "x-worker-id": "another-worker" },
      { "x-worker-token": workerToken },
      { "x-worker-token": clientToken, "x-worker-id": "fuzz-worker" },
    ],
  };
}
