import { readFileSync } from "node:fs";
import type { RemoteWorkerConfig } from "@/server/config/remote-worker";
import type { OrchestratorOptions } from "@/server/worker-sdk/orchestrator-options";

/** The orchestrator as the SDK wants it, with what is in the files of its certificates. Throws when one cannot be read. */
export function orchestratorOf({ url, token, tls }: RemoteWorkerConfig): OrchestratorOptions {
  const read = (path: string | null) => (path === null ? undefined : readFileSync(path));
  const parts = { ca: read(tls.caPath), cert: read(tls.certPath), key: read(tls.keyPath) };
  return { url, tls: parts, ...(token === null ? {} : { token }) };
}
