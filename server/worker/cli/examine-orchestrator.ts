import type { RemoteWorkerConfig } from "@/server/config/remote-worker";
import { createHttpClient } from "@/server/worker-sdk/http-client";
import { orchestratorOf } from "../remote-orchestrator";
import { type Finding, well, wrong } from "./finding";

const ANSWER_WITHIN_MS = 5_000;

/** Whether the orchestrator of a worker process without a database answers, over TLS with the worker's own certificates. */
export async function orchestratorFinding(remote: RemoteWorkerConfig): Promise<Finding> {
  const fix = "look at BATUTA_ORCHESTRATOR_URL, the way to that host, and with https at TLS_CA_PATH";
  try {
    const { url, tls } = orchestratorOf(remote);
    const client = createHttpClient(url, tls);
    try {
      const { status } = await client.send({ method: "GET", path: "/healthz", timeoutMs: ANSWER_WITHIN_MS });
      if (status === 200) return well("orchestrator", `${url} answers`);
      return wrong("orchestrator", `${url} answers ${status}`, fix);
    } finally {
      client.close();
    }
  } catch (error) {
    return wrong("orchestrator", `does not answer: ${error instanceof Error ? error.message : String(error)}`, fix);
  }
}
