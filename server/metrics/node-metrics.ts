import { collectDefaultMetrics, type Registry } from "prom-client";

/** Gauges that are named as if they were counters; those by type, of which they are the sums, stay. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** Adds what Node tells of its process: CPU, memory, event loop, garbage collection. */
export function addNodeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
