import { randomBytes } from "node:crypto";
import { KNOWN_EXAMPLES } from "@/server/config/environment";
import { invalidRequest } from "@/server/errors";
import { tokenHash } from "./token-hash";

/** What tokens that are made here begin with, so that people and secret scanners know one when they see it. */
const PREFIX = { client: "batuta_c_", worker: "batuta_w_" } as const;

export interface NewToken {
  hash: Buffer;
  /** The token, when it was made here: nobody can ask for it later. Null when it was given. */
  shown: string | null;
}

/** The given token, or one of 256 random bits. 400 for an example from the documentation. */
export function newToken(kind: keyof typeof PREFIX, given: string | undefined): NewToken {
  if (given === undefined) {
    const token = `${PREFIX[kind]}${randomBytes(32).toString("base64url")}`;
    return { hash: tokenHash(token), shown: token };
  }
  if (KNOWN_EXAMPLES.has(given)) throw invalidRequest("token", "is an example from the documentation; choose your own");
  return { hash: tokenHash(given), shown: null };
}
