import { z } from "zod";
import { clientName, clientScopes, monthlyAttempts, secretToken, shortText } from "@/lib/api/client";
import type { JsonObject } from "@/lib/json";
import type { ClientScope } from "@/lib/roles";
import { ConfigError } from "@/server/config";
import { factsFault } from "./client-facts";
import { OPEN_CLIENT } from "./open-client";
import { ENVIRONMENT_CLIENT } from "./register-environment-tokens";
import { readTokenFile } from "./token-file";

/** A client of `clients.toml`. */
export interface ClientEntry {
  name: string;
  tokenHash: Buffer;
  place: string;
  description: string | null;
  scopes: ClientScope[];
  plan: string | null;
  monthlyAttempts: number | null;
  params: JsonObject;
  /** The keys that have no meaning of their own. */
  config: JsonObject;
}

/** Names of clients that nobody writes down: the environment's, that of open doors, and the one that operators' jobs belong to. */
export const RESERVED_CLIENTS: readonly string[] = [ENVIRONMENT_CLIENT, OPEN_CLIENT, "operators"];

const entry = z.looseObject({
  token: secretToken,
  description: shortText(500).optional(),
  scopes: clientScopes.default(["jobs"]),
  plan: shortText(128).optional(),
  monthly_attempts: monthlyAttempts.optional(),
  params: z.record(z.string(), z.unknown(), "must be a table").default({}),
});

/** Reads `clients.toml`; throws a ConfigError that names every fault. */
export function readClientsFile(path: string): ClientEntry[] {
  const read = readTokenFile(path, "CLIENTS_CONFIG_PATH", entry, faultOfName);
  const entries = read.map(({ name, settings, tokenHash, place }): ClientEntry => {
    const { token: _, description, scopes, plan, monthly_attempts, params, ...config } = settings;
    return {
      name,
      tokenHash,
      place,
      description: description ?? null,
      scopes,
      plan: plan ?? null,
      monthlyAttempts: monthly_attempts ?? null,
      params: params as JsonObject,
      config: config as JsonObject,
    };
  });
  const faults = entries.flatMap((one) => {
    const fault = factsFault(one);
    return fault === null ? [] : [`${one.place} ${fault}`];
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return entries;
}

function faultOfName(name: string): string | null {
  if (RESERVED_CLIENTS.includes(name)) return "is a name that the system uses itself; choose another";
  const read = clientName.safeParse(name);
  return read.success ? null : `is no name for a client: it ${read.error.issues[0]?.message}`;
}
