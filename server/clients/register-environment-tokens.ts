import { randomBytes } from "node:crypto";
import { CLIENT_SCOPES } from "@/lib/roles";
import { ConfigError } from "@/server/config";
import { readClients } from "@/server/store/client-rows";
import { putClient } from "@/server/store/clients";
import type { Database } from "@/server/store/database";
import { isDuplicate } from "@/server/store/errors";
import { putWorkerToken } from "@/server/store/worker-tokens";
import { OPEN_CLIENT } from "./open-client";
import { tokenHash } from "./token-hash";

/** The client and the worker token that `CLIENT_TOKEN` and `GLOBAL_WORKER_TOKEN` stand for. */
export const ENVIRONMENT_CLIENT = "environment";
export const ENVIRONMENT_WORKER_TOKEN = "GLOBAL_WORKER_TOKEN";

/** Registers the tokens of the environment: a client with all scopes, and a worker token that is good for every worker. Throws a ConfigError when one is taken. */
export async function registerEnvironmentTokens(
  database: Database,
  tokens: { clientToken: string | null; globalWorkerToken: string | null; processApiOpen?: boolean },
): Promise<void> {
  if (tokens.processApiOpen) await registerOpenClient(database);
  if (tokens.clientToken !== null) {
    const client = { name: ENVIRONMENT_CLIENT, tokenHash: tokenHash(tokens.clientToken), scopes: CLIENT_SCOPES };
    await notShared(putClient(database, { ...client, source: "environment" }), "CLIENT_TOKEN");
  }
  if (tokens.globalWorkerToken !== null) {
    const token = { name: ENVIRONMENT_WORKER_TOKEN, worker: null, tokenHash: tokenHash(tokens.globalWorkerToken) };
    await notShared(putWorkerToken(database, { ...token, source: "environment" }), "GLOBAL_WORKER_TOKEN");
  }
}

/** The client of whoever asks without a token; its token is random and thrown away. Throws a ConfigError for a taken name. */
async function registerOpenClient(database: Database): Promise<void> {
  const taken = (await readClients(database)).find(({ name }) => name === OPEN_CLIENT);
  if (taken && taken.source !== "environment")
    throw new ConfigError([
      `PROCESS_API_OPEN needs the client name ${OPEN_CLIENT}, which somebody has; rename that client`,
    ]);
  const client = { name: OPEN_CLIENT, tokenHash: randomBytes(32), scopes: ["jobs"] as const };
  await putClient(database, { ...client, source: "environment" });
}

async function notShared(work: Promise<number>, variable: string): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isDuplicate(error)) throw error;
    throw new ConfigError([`${variable} is a token that was given to somebody else as well; choose another`]);
  });
}
