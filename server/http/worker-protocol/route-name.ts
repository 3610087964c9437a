const FIXED = ["/tasks/result", "/events", "/workers/register", "/auth/token", "/auth/token/refresh"];

/** The pattern of a path of the worker protocol (behind `/_worker`), for figures: never the path itself. */
export function workerRouteOf(path: string): string {
  if (FIXED.includes(path)) return `/_worker${path}`;
  if (path.startsWith("/workers/")) {
    const [, , , ...rest] = path.split("/");
    if (rest.length === 0) return "/_worker/workers/{worker_id}";
    const below = rest.join("/");
    if (below === "tasks/next" || below === "status") return `/_worker/workers/{worker_id}/${below}`;
  }
  return /^\/ws\/[^/]+$/.test(path) ? "/_worker/ws/{worker_id}" : "none";
}
