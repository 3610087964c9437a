import { Histogram, type Registry } from "prom-client";
import { OTHER } from "./bounded-label";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export interface HttpMetrics {
  /** `route` is a pattern of the API, never a path: there must be no more of them than the code names. */
  answered(request: { route: string; method: string; status: number; seconds: number }): void;
}

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const seconds = new Histogram({
    name: "batuta_http_request_duration_seconds",
    help: "Time to answer a request, by the pattern of its path, method and class of status (2xx, 4xx, …)",
    labelNames: ["route", "method", "status_class"],
    buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  });
  return {
    answered(request) {
      const { route, status } = request;
      const method = METHODS.has(request.method) ? request.method : OTHER;
      seconds.observe({ route, method, status_class: `${Math.floor(status / 100)}xx` }, request.seconds);
    },
  };
}
