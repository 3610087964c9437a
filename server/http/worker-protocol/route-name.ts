const FIXED = ["/events", "/workers/register", "/auth/token", "/auth/token/refresh"];
const NEXT_TASK = /^\/workers\/[^/]+\/tasks\/next$/;

/** The pattern of a path of the worker protocol (behind `/_worker`), for figures: never the path itself. */
export function workerRouteOf(path: string): string {
  // The two that come by the thousand a second first.
  if (path === "/tasks/result") return "/_worker/tasks/result";
  if (NEXT_TASK.test(path)) return "/_worker/workers/{worker_id}/tasks/next";
  if (FIXED.includes(path)) return `/_worker${path}`;
  if (path.startsWith("/workers/")) {
    const [, , , ...rest] = path.split("/");
    if (rest.length === 0) return "/_worker/workers/{worker_id}";
    if (rest.join("/") === "status") return "/_worker/workers/{worker_id}/status";
  }
  return /^\/ws\/[^/]+$/.test(path) ? "/_worker/ws/{worker_id}" : "none";
}
