import type { MetricObject, Registry } from "prom-client";
import { createProtocolMetrics } from "@/server/http/worker-protocol/protocol-metrics";
import { addDispatchMetrics, addTurnMetrics, createMetrics } from "@/server/metrics";
import { addDependencies, addInfo } from "@/server/metrics/process-metrics";
import { addQueueMetrics } from "@/server/metrics/queue-metrics";
import { createWorkerMetrics } from "@/server/worker/metrics";
import { createSlotMetrics } from "@/server/worker/slot-metrics";

const onFault = (error: unknown) => {
  throw error;
};

/**
 * All that a web process exports, put together without its servers. That it is neither more nor less than what a real one
 * gives is tested where there is one: test/http/serve.test.ts, and test/worker/probes.test.ts for the worker.
 */
export function webRegistry(): Registry {
  const { registry } = createMetrics(onFault);
  createProtocolMetrics(registry);
  addTurnMetrics(registry, () => ({}));
  const none = { placed: 0, hot: 0, steals: 0, returned: 0, unplaced: 0, waiting: {} };
  addDispatchMetrics(registry, () => none);
  addQueueMetrics(registry, { read: async () => null, onFault });
  addInfo(registry, "batuta_web_info", { version: "0", hostname: "here" });
  addDependencies(registry, () => ({}));
  return registry;
}

/** All that a worker process exports. */
export function workerRegistry(): Registry {
  const facts = { version: "0", hostname: "here", dependencies: () => ({}), heartbeatAt: () => null, onFault };
  const { registry } = createWorkerMetrics(() => null, facts);
  createSlotMetrics(registry, () => [], 1);
  return registry;
}

/** A family of metrics: its name, and the labels that its series can have. */
export interface Family {
  name: string;
  type: string;
  labels: string[];
}

export function familiesOf(registry: Registry): Family[] {
  return registry.getMetricsAsArray().map((metric) => {
    // The registry's own objects know their labels; its types do not tell.
    const { name, type, labelNames = [] } = metric as MetricObject & { labelNames?: string[]; type: unknown };
    return { name, type: typeof type === "string" ? type : String(type), labels: [...labelNames] };
  });
}

/** Names of the families in the text that a process gives, without those of Node itself. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+) /gm)]
    .map(([, name = ""]) => name)
    .filter((name) => !isNodes(name))
    .toSorted();
}

export function isNodes(name: string): boolean {
  return /^(nodejs|process)_/.test(name);
}
