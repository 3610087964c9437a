import { randomUUID } from "node:crypto";

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;
const MOST_LEFT_BYTES = 64 * 1024;

/** The id that a request came with, if it can be one; else a new one. */
export function requestIdOf(given: string | readonly string[] | null | undefined): string {
  return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
}

/** A large body that was refused may not have been read to its end: nothing else can follow on that connection. */
export function hasUnreadBody(method: string, header: (name: string) => string | null | undefined): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const length = header("content-length");
  return length ? Number(length) > MOST_LEFT_BYTES : Boolean(header("transfer-encoding"));
}
