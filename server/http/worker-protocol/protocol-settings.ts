import type { Config } from "@/server/config";
import { PRODUCT_VERSION } from "@/server/http/product-version";

/** What the worker protocol takes of the configuration. */
export function protocolSettingsOf(config: Config) {
  return {
    instance: config.instanceId,
    version: PRODUCT_VERSION,
    leaseMs: config.workerLeaseMs,
    pollMs: config.workerPollMs,
    signatureMode: config.workerSignatureMode,
    globalToken: config.globalWorkerToken,
    authMode: config.workerAuthMode,
    tlsProxy: config.tlsProxy,
    trustProxy: config.trustProxy,
    orchestratorSecret: config.orchestratorSecret,
    reputationThreshold: config.reputation.threshold,
  };
}
