import { ApiError } from "@/server/errors";
import type { StsOrigin } from "@/server/store/sts-tokens";

/** What a request shows of who sent it. */
export interface WorkerCredentials {
  /** Of `X-Worker-Token`, or `Authorization: Bearer`. */
  token: string | undefined;
  /** The name in a client certificate that was verified; null: there is none. */
  certificate: string | null;
}

/** By what a worker was known. */
export type KnownBy = "certificate" | "sts" | "token" | "global";

/** Who sent a message, as far as its credentials prove it. */
export interface WorkerIdentity {
  worker: string;
  by: KnownBy;
  /** The keys that its messages may be signed with. */
  secrets: readonly string[];
  /** The only skills that it may offer; null: any. */
  skills: ReadonlySet<string> | null;
  /** The row of its own token, if it came with one, or with what was made from one. */
  tokenId: number | null;
  /** The family of tokens that it came with one of. */
  family: { id: string; origin: StsOrigin } | null;
}

export type AuthMode = "mixed" | "mtls-only" | "token-only";

/** Why a worker was refused, as the figures name it. */
export type RefusalReason =
  | "missing_token"
  | "invalid_token"
  | "certificate_required"
  | "invalid_signature"
  | "replay"
  | "identity_mismatch"
  | "refresh_token"
  | "refresh_reuse";

/** Counts what was refused. */
export interface SecurityFigures {
  refused(reason: RefusalReason): void;
  /** A name came with the header of a proxy, from somebody else. */
  proxyNameIgnored(): void;
}

/** 401 in the words that worker libraries look for. */
export function unauthorized(reason: string): ApiError {
  return new ApiError(401, "invalid_token", `Unauthorized: ${reason}`);
}

/** 403: the credentials are good, and another worker's. */
export function identityMismatch(named: string, known: string): ApiError {
  return new ApiError(
    403,
    "forbidden",
    `Identity mismatch: the credentials are those of worker '${known.slice(0, 128)}', the request speaks for '${named.slice(0, 128)}'`,
  );
}

/** Splits skills into those that an identity may offer and those that it may not. */
export function permittedSkills(
  skills: readonly string[],
  allowed: ReadonlySet<string> | null,
): { permitted: string[]; refused: string[] } {
  if (allowed === null) return { permitted: [...skills], refused: [] };
  return {
    permitted: skills.filter((skill) => allowed.has(skill)),
    refused: skills.filter((skill) => !allowed.has(skill)),
  };
}
