import { createHash, randomBytes, randomUUID } from "node:crypto";
import { faultPoint } from "@/server/fault-point";
import type { StsExchange, StsFamily, StsOrigin, StsPair, StsRefresh } from "@/server/store/sts-tokens";
import { originAllowed, PREDECESSOR_MS } from "./authentication";
import { type AuthMode, identityMismatch, type SecurityFigures, unauthorized, type WorkerIdentity } from "./identity";
import { sealPredecessor } from "./sealed-predecessor";

const ACCESS_TTL_S = 3_600;
const REFRESH_TTL_S = 86_400;
/** A worker whose answer was lost asks again within this time. */
const LOST_ANSWER_MS = 10_000;

/** A pair of tokens, as the protocol gives it. */
export interface TokenResponse {
  access_token: string;
  /** Seconds. */
  expires_in: number;
  worker_id: string;
  refresh_token: string;
}

export interface StsRows {
  /** False: the family is over. */
  begin(family: StsFamily, pair: StsPair, predecessor: Buffer | null): Promise<boolean>;
  exchange(refresh: Uint8Array, exchange: StsRefresh): Promise<StsExchange>;
}

/** Short-lived tokens for workers. */
export interface TokenService {
  /** A pair for a worker that is known; `presented` is the token by which it came. */
  issue(identity: WorkerIdentity, presented: string | undefined): Promise<TokenResponse>;
  /**
   * The next pair for a refresh token, which is worth nothing after that. Throws 401 for one that is unknown or over, and
   * for one that was used before: then all tokens of its family are over. Throws 403 for another worker's.
   */
  refresh(refreshToken: string, worker: string, presented: string | undefined): Promise<TokenResponse>;
}

export function createTokenService(options: {
  rows: StsRows;
  mode: AuthMode;
  figures: SecurityFigures;
  /** Called when a family ended: what is believed of its tokens is out of date. */
  onRevoked: () => void;
}): TokenService {
  const { rows, mode, figures } = options;
  const origins = (["certificate", "token", "global"] as const).filter((origin) => originAllowed(mode, origin));
  return {
    async issue(identity, presented) {
      const made = newPair();
      const { worker, tokenId } = identity;
      // What is made with an access token ends with its family: a stolen one must not outlive that.
      const family: StsFamily = {
        worker,
        tokenId,
        family: identity.family?.id ?? randomUUID(),
        origin: originOf(identity),
      };
      const sealed = presented ? sealPredecessor(presented, made.access) : null;
      // Who was let in a moment ago, and whose family ended since.
      if (!(await rows.begin(family, made.pair, sealed)))
        throw unauthorized("Invalid token (all tokens of its family are revoked)");
      return made.response(identity.worker);
    },
    async refresh(refreshToken, worker, presented) {
      const made = newPair();
      const exchanged = await rows.exchange(sha256(refreshToken), {
        worker,
        next: made.pair,
        presented: presented ? sha256(presented) : null,
        seal: () => (presented ? sealPredecessor(presented, made.access) : null),
        origins,
        lostAnswerMs: LOST_ANSWER_MS,
        oldAccessMs: PREDECESSOR_MS,
      });
      if (exchanged.outcome === "exchanged") faultPoint("sts.after_exchange");
      if (exchanged.outcome === "exchanged") return made.response(worker);
      if (exchanged.outcome === "foreign") {
        figures.refused("identity_mismatch");
        throw identityMismatch(worker, exchanged.worker);
      }
      if (exchanged.outcome === "unknown") {
        figures.refused("refresh_token");
        throw unauthorized("Invalid refresh token (not found or expired)");
      }
      figures.refused("refresh_reuse");
      options.onRevoked();
      throw unauthorized("Invalid refresh token (it was used before; all tokens made from it are revoked)");
    },
  };
}

function originOf({ by, family }: WorkerIdentity): StsOrigin {
  return by === "sts" ? (family?.origin ?? "token") : by;
}

function newPair() {
  const access = randomBytes(32).toString("base64url");
  const refresh = randomBytes(32).toString("base64url");
  const pair: StsPair = {
    access: sha256(access),
    refresh: sha256(refresh),
    accessTtlMs: ACCESS_TTL_S * 1000,
    refreshTtlMs: REFRESH_TTL_S * 1000,
  };
  const response = (worker: string): TokenResponse => ({
    access_token: access,
    expires_in: ACCESS_TTL_S,
    worker_id: worker,
    refresh_token: refresh,
  });
  return { access, pair, response };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
