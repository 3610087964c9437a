import { ApiError } from "@/server/errors";
import { isDuplicate } from "@/server/store/errors";
import type { TokenSource } from "@/server/store/schema/worker-tokens";
import { OPEN_CLIENT } from "./open-client";

/** 409 unless it was made through the API: what is written down elsewhere is changed there. */
export function refuseOtherSource(kind: "client" | "worker", found: { name: string; source: TokenSource }): void {
  if (found.source === "api") return;
  const file = kind === "client" ? "clients.toml (CLIENTS_CONFIG_PATH)" : "workers.toml (WORKERS_CONFIG_PATH)";
  const variable =
    found.name === OPEN_CLIENT ? "PROCESS_API_OPEN" : kind === "client" ? "CLIENT_TOKEN" : "GLOBAL_WORKER_TOKEN";
  const where =
    found.source === "file" ? `${file}: change it there and reload` : `the variable ${variable}: change it there`;
  throw new ApiError(409, "conflict", `'${found.name}' is read only here. It comes from ${where}`);
}

/** 409 in place of a duplicate's error. */
export async function notTaken<T>(work: Promise<T>, kind: "client" | "worker token", name: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new ApiError(409, "conflict", `There is a ${kind} '${name}' already, or another one with this token`, {
      details: [{ path: "name", message: `choose another name, or another token, for '${name}'` }],
    });
  }
}
