import { createHash, hash } from "node:crypto";
import type { StsAccess, StsOrigin } from "@/server/store/sts-tokens";
import { countingTokens, type StoredToken, sameHash, tokenOfHash } from "./choose-token";
import {
  type AuthMode,
  identityMismatch,
  type SecurityFigures,
  unauthorized,
  type WorkerCredentials,
  type WorkerIdentity,
} from "./identity";
import { isPattern, matchesPattern } from "./pattern";
import { openPredecessor } from "./sealed-predecessor";

/** Where tokens are looked up; only SHA-256 of them is known there. */
export interface TokenRows {
  /** The enabled tokens with this hash, of exactly this name, or with a pattern. */
  candidates(worker: string | null, hash: Uint8Array | null): Promise<StoredToken[]>;
  access(hash: Uint8Array): Promise<StsAccess | null>;
}

export interface WorkerAuthentication {
  /**
   * Who sent a request that speaks for `worker` (null: it names nobody). Throws 401 for credentials that are missing or
   * no good, 403 for good ones of another worker.
   */
  authenticate(credentials: WorkerCredentials, worker: string | null): Promise<WorkerIdentity>;
  /** The same of who was found good a few seconds ago; null: it has to be looked up, or refused. */
  recall(credentials: WorkerCredentials, worker: string | null): WorkerIdentity | null;
  /** Forgets what it believed: tokens changed. */
  forget(): void;
}

export interface AuthenticationOptions {
  rows: TokenRows;
  mode: AuthMode;
  /** Speaks for every worker that has no token of its own; null: there is none. */
  globalToken: string | null;
  figures: SecurityFigures;
}

/** Refused tokens are looked up each time; good ones are believed this long, so that a revoked one works no longer. */
const BELIEVED_MS = 5_000;
const MOST_BELIEVED = 20_000;
/** Messages that were signed with the token before the present one are taken for so long. */
export const PREDECESSOR_MS = 60_000;
/** As ours look: 32 bytes. */
const STS_TOKEN = /^[A-Za-z0-9_-]{43}$/;
const WORKER_NAME = /^[A-Za-z0-9_-]{1,128}$/;

/** Certificate, then access token, then the worker's own token, then the one for everybody. */
export function createWorkerAuthentication(options: AuthenticationOptions): WorkerAuthentication {
  const { rows, mode, globalToken, figures } = options;
  const globalHash = globalToken === null ? null : sha256(globalToken);
  const believed = new Map<string, { identity: WorkerIdentity; until: number }>();
  let generation = 0;

  /** Of exactly this name, or of a pattern that it matches. */
  async function ownTokens(worker: string): Promise<StoredToken[]> {
    const counting = countingTokens(await rows.candidates(worker, null), worker);
    const own = counting.filter((each) => each.worker !== null);
    // Those that are disabled have no hash, and a say only where there is no other.
    return own.sort((a, b) => Number(b.hash.length > 0) - Number(a.hash.length > 0));
  }

  async function byCertificate(name: string, token: string | undefined): Promise<WorkerIdentity> {
    const [[own], sts] = await Promise.all([ownTokens(name), token ? accessOf(token) : null]);
    const predecessor = token && sts?.worker === name ? predecessorOf(sts, token) : null;
    return {
      worker: name,
      by: "certificate",
      // The certificate is the proof: a signature only has to fit the token that came beside it.
      secrets: secretsOf(token, predecessor),
      skills: skillSet(own?.skills),
      tokenId: null,
      family: null,
    };
  }

  async function byAccessToken(token: string, sts: StsAccess, worker: string | null): Promise<WorkerIdentity | null> {
    if (worker !== null && worker !== sts.worker) throw mismatch(worker, sts.worker);
    if (!originAllowed(mode, sts.origin)) return null;
    if (sts.token && !fits(sts.token.worker, sts.worker)) return null;
    const [own] = sts.origin === "token" ? [] : await ownTokens(sts.worker);
    if (sts.origin === "global" && own) return null;
    return {
      worker: sts.worker,
      by: "sts",
      secrets: secretsOf(token, predecessorOf(sts, token)),
      skills: skillSet((sts.token ?? own)?.skills),
      tokenId: sts.tokenId,
      family: { id: sts.family, origin: sts.origin },
    };
  }

  async function byToken(token: string, hash: Buffer, worker: string | null): Promise<WorkerIdentity | null> {
    const candidates = await rows.candidates(worker, hash);
    const same = tokenOfHash(candidates, hash);
    const name = worker ?? (same?.worker && !isPattern(same.worker) ? same.worker : null);
    if (name === null) return null;
    const counting = countingTokens(candidates, name);
    const used = tokenOfHash(counting, hash);
    if (used) {
      const by = used.worker === null ? "global" : "token";
      return {
        worker: name,
        by,
        secrets: secretsOf(token, null),
        skills: skillSet(used.skills),
        tokenId: used.id,
        family: null,
      };
    }
    const own = counting.some((each) => each.worker !== null);
    if (own || globalHash === null || !sameHash(hash, globalHash)) return null;
    return { worker: name, by: "global", secrets: secretsOf(token, null), skills: null, tokenId: null, family: null };
  }

  /** With the time for which it may be believed. */
  async function find(
    { certificate, token }: WorkerCredentials,
    worker: string | null,
  ): Promise<{ identity: WorkerIdentity; forMs: number }> {
    if (certificate !== null) return { identity: await byCertificate(certificate, token), forMs: BELIEVED_MS };
    const tokenHash = sha256(token ?? "");
    const sts = await accessOf(token ?? "");
    const known = sts && (await byAccessToken(token ?? "", sts, worker));
    if (sts && known) return { identity: known, forMs: Math.min(BELIEVED_MS, sts.leftMs) };
    if (mode === "mtls-only") throw refused("certificate_required", "A client certificate is required here");
    const identity = sts ? null : await byToken(token ?? "", tokenHash, worker);
    if (identity) return { identity, forMs: BELIEVED_MS };
    const whose = worker === null ? "; an X-Worker-ID header is needed beside it" : ` for worker '${worker}'`;
    throw refused("invalid_token", `Invalid worker token${whose}`);
  }

  function accessOf(token: string): Promise<StsAccess | null> {
    return STS_TOKEN.test(token) ? rows.access(sha256(token)) : Promise.resolve(null);
  }

  function nameOf(certificate: string | null): string | null {
    return mode === "token-only" ? null : certificate;
  }

  /** Throws for what no look-up can mend; gives the credentials that count. */
  function counting({ token, certificate }: WorkerCredentials, worker: string | null): WorkerCredentials {
    const name = nameOf(certificate);
    if (name === null && !token)
      throw mode === "mtls-only"
        ? refused("certificate_required", "A client certificate is required here")
        : refused("missing_token", "Missing X-Worker-Token header");
    if (name !== null && (!WORKER_NAME.test(name) || (worker !== null && worker !== name)))
      throw mismatch(worker ?? "", name);
    return { token, certificate: name };
  }

  function refused(reason: Parameters<SecurityFigures["refused"]>[0], text: string) {
    figures.refused(reason);
    return unauthorized(text);
  }

  function mismatch(named: string, known: string) {
    figures.refused("identity_mismatch");
    return identityMismatch(named, known);
  }

  function secretsOf(token: string | undefined, predecessor: string | null): string[] {
    const all = [token, predecessor, globalToken].filter((each): each is string => Boolean(each));
    return [...new Set(all)];
  }

  function keptOf(key: string): WorkerIdentity | null {
    const kept = believed.get(key);
    return kept && kept.until > performance.now() ? kept.identity : null;
  }

  return {
    async authenticate(credentials, worker) {
      const shown = counting(credentials, worker);
      const key = keyOf(shown, worker);
      const kept = keptOf(key);
      if (kept) return kept;
      believed.delete(key);
      const before = generation;
      const { identity, forMs } = await find(shown, worker ?? shown.certificate);
      if (before === generation) {
        if (believed.size >= MOST_BELIEVED) believed.clear();
        believed.set(key, { identity, until: performance.now() + forMs });
      }
      return identity;
    },
    recall({ token, certificate }, worker) {
      return keptOf(keyOf({ token, certificate: nameOf(certificate) }, worker));
    },
    forget() {
      generation++;
      believed.clear();
    },
  };
}

/** The families that a mode lets speak: in `mtls-only` those that began with a certificate. */
export function originAllowed(mode: AuthMode, origin: StsOrigin): boolean {
  if (mode === "mtls-only") return origin === "certificate";
  return mode === "mixed" || origin !== "certificate";
}

function predecessorOf(sts: StsAccess, token: string): string | null {
  return sts.predecessor && sts.ageMs <= PREDECESSOR_MS ? openPredecessor(sts.predecessor, token) : null;
}

/** The token of a family may have been given to other workers meanwhile. */
function fits(worker: string | null, name: string): boolean {
  return worker === null || worker === name || (isPattern(worker) && matchesPattern(name, worker));
}

function skillSet(skills: readonly string[] | null | undefined): ReadonlySet<string> | null {
  return skills ? new Set(skills) : null;
}

/** Not the token itself: it would lie about in the memory for long. */
function keyOf({ token, certificate }: WorkerCredentials, worker: string | null): string {
  return `${certificate ?? ""} ${token ? hash("sha256", token, "base64") : ""} ${worker ?? ""}`;
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
