import { CLIENT_SCOPES } from "@/lib/roles";
import { putClient } from "@/server/store/clients";
import type { Database } from "@/server/store/database";
import { putWorkerToken } from "@/server/store/worker-tokens";
import { tokenHash } from "./token-hash";

/** The client and the worker token that `CLIENT_TOKEN` and `GLOBAL_WORKER_TOKEN` stand for. */
export const ENVIRONMENT_CLIENT = "environment";
export const ENVIRONMENT_WORKER_TOKEN = "GLOBAL_WORKER_TOKEN";

/** Registers the tokens of the environment: a client with all scopes, and a worker token that is good for every worker. */
export async function registerEnvironmentTokens(
  database: Database,
  tokens: { clientToken: string | null; globalWorkerToken: string | null },
): Promise<void> {
  if (tokens.clientToken !== null) {
    await putClient(database, {
      name: ENVIRONMENT_CLIENT,
      tokenHash: tokenHash(tokens.clientToken),
      scopes: CLIENT_SCOPES,
      source: "environment",
    });
  }
  if (tokens.globalWorkerToken !== null) {
    await putWorkerToken(database, {
      name: ENVIRONMENT_WORKER_TOKEN,
      worker: null,
      tokenHash: tokenHash(tokens.globalWorkerToken),
      source: "environment",
    });
  }
}
