import type { Config } from "@/server/config";
import { createGuessGuard, type GuessGuard } from "@/server/limits/guess-guard";
import type { RateLimits } from "@/server/limits/rate-limits";
import type { Metrics } from "@/server/metrics";
import type { NoticeBus } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import type { WorkerAuthentication } from "@/server/workers/auth/authentication";
import type { AuthMode, SecurityFigures } from "@/server/workers/auth/identity";
import type { TokenService } from "@/server/workers/auth/sts";
import { workerAuthentication } from "@/server/workers/authenticate-worker";
import { createTrustedProxy, type TrustedProxy } from "../tls/trusted-proxy";
import type { SignatureMode } from "./signature";

/** What decides who a remote worker is and how much of it is heard. */
export interface WorkerSecurity {
  authentication: WorkerAuthentication;
  tokens: TokenService;
  signatureMode: SignatureMode;
  proxy: TrustedProxy | null;
  /** The address of a request is the one that a proxy tells. */
  trustProxy: boolean;
  /** Null: no limits. */
  limits: RateLimits | null;
  guard: GuessGuard | null;
  figures: SecurityFigures;
}

export interface WorkerSecurityOptions {
  database: Database;
  signatureMode: SignatureMode;
  globalToken: string | null;
  /** Default `mixed`. */
  authMode?: AuthMode;
  tlsProxy?: Config["tlsProxy"];
  trustProxy?: boolean;
  limits?: RateLimits | null;
  metrics?: Pick<Metrics, "refusals" | "replays" | "identityMismatches" | "proxyNamesIgnored"> | null;
  notices?: Pick<NoticeBus, "on" | "tell"> | null;
}

export function createWorkerSecurity(options: WorkerSecurityOptions): WorkerSecurity {
  const { database, signatureMode, globalToken, limits = null, tlsProxy = null } = options;
  const figures = figuresOf(options.metrics ?? null);
  const { authentication, tokens } = workerAuthentication(database, {
    mode: options.authMode ?? "mixed",
    globalToken,
    figures,
    notices: options.notices ?? null,
  });
  return {
    authentication,
    tokens,
    signatureMode,
    proxy: tlsProxy && createTrustedProxy(tlsProxy, () => figures.proxyNameIgnored()),
    trustProxy: options.trustProxy ?? false,
    limits,
    guard: limits && createGuessGuard(limits),
    figures,
  };
}

function figuresOf(metrics: WorkerSecurityOptions["metrics"]): SecurityFigures {
  return {
    refused(reason) {
      metrics?.refusals.inc({ reason });
      if (reason === "replay") metrics?.replays.inc({ reason: "timestamp" });
      if (reason === "refresh_reuse") metrics?.replays.inc({ reason: "refresh_token" });
      if (reason === "identity_mismatch") metrics?.identityMismatches.inc();
    },
    proxyNameIgnored: () => metrics?.proxyNamesIgnored.inc(),
  };
}
