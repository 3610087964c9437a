import type { NoticeBus } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import { beginStsFamily, exchangeStsRefresh, stsAccess } from "@/server/store/sts-tokens";
import { candidateTokens, type TokenQuestion } from "@/server/store/worker-token-lookup";
import { createWorkerAuthentication, type WorkerAuthentication } from "./auth/authentication";
import type { AuthMode, SecurityFigures } from "./auth/identity";
import { createTokenService, type TokenService } from "./auth/sts";
import { batched } from "./batched";

export interface WorkerAuthenticationOptions {
  mode: AuthMode;
  globalToken: string | null;
  figures: SecurityFigures;
  /** Tells this and other processes that tokens changed. */
  notices: Pick<NoticeBus, "on" | "tell"> | null;
}

/** Who remote workers are, by the database: long-lived tokens, and short-lived ones made here. */
export function workerAuthentication(
  database: Database,
  { mode, globalToken, figures, notices }: WorkerAuthenticationOptions,
): { authentication: WorkerAuthentication; tokens: TokenService } {
  // Thousands of workers that come at once, as after a restart, are looked up together.
  const candidates = batched((questions: TokenQuestion[]) => candidateTokens(database, questions));
  const authentication = createWorkerAuthentication({
    rows: {
      candidates: (worker, hash) => candidates({ worker, hash }),
      access: (hash) => stsAccess(database, hash),
    },
    mode,
    globalToken,
    figures,
  });
  notices?.on("tokens", () => authentication.forget());
  const tokens = createTokenService({
    rows: {
      begin: (family, pair, predecessor) => beginStsFamily(database, family, pair, predecessor),
      exchange: (refresh, exchange) => exchangeStsRefresh(database, refresh, exchange),
    },
    mode,
    figures,
    onRevoked() {
      authentication.forget();
      notices?.tell("tokens", "");
    },
  });
  return { authentication, tokens };
}
