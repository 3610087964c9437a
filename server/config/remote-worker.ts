import type { z } from "zod";
import type { environment } from "./environment";

/** The orchestrator that a worker process serves over HTTP, in place of a database and a queue. */
export interface RemoteWorkerConfig {
  url: string;
  /** Null: a client certificate names the worker. */
  token: string | null;
  /** Files in PEM. */
  tls: { caPath: string | null; certPath: string | null; keyPath: string | null };
}

/** Null: the worker process has a database of its own. */
export function remoteWorkerOf(env: z.output<typeof environment>): RemoteWorkerConfig | null {
  if (env.BATUTA_ORCHESTRATOR_URL === undefined) return null;
  return {
    url: env.BATUTA_ORCHESTRATOR_URL,
    token: env.WORKER_TOKEN ?? null,
    tls: {
      caPath: env.TLS_CA_PATH ?? null,
      certPath: env.TLS_CERT_PATH ?? null,
      keyPath: env.TLS_KEY_PATH ?? null,
    },
  };
}

export function remoteWorkerFaults(set: Record<string, string | undefined>): string[] {
  if (set.BATUTA_ORCHESTRATOR_URL === undefined || set.WORKER_TOKEN !== undefined) return [];
  if (set.TLS_CERT_PATH !== undefined && set.TLS_KEY_PATH !== undefined) return [];
  return ["WORKER_TOKEN is not set; it must be the worker's token, because BATUTA_ORCHESTRATOR_URL is set"];
}
