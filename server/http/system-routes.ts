/**
 * Paths below `/api/<version>` at which the system itself answers POST: a blueprint's endpoint there would never be
 * reached. A test compares this list with the declared operations.
 */
const SYSTEM_POSTS: readonly [pattern: RegExp, text: string][] = [
  [
    /^\/jobs\/[^/]+\/(cancel|retry|pause|resume|requeue|give-up|complete|priority|fork|signals\/[^/]+)$/,
    "POST /jobs/{job_id}/…",
  ],
  [/^\/approvals\/[^/]+\/(decide|delegate|withdraw)$/, "POST /approvals/{approval_id}/…"],
  [/^\/tasks\/[^/]+$/, "POST /tasks/{task}"],
  [/^\/bulk(\/selections)?$/, "POST /bulk"],
  [/^\/workers\/[^/]+\/commands$/, "POST /workers/{worker_id}/commands"],
  [/^\/process\/?$/, "POST /process/"],
  [/^\/files$/, "POST /files"],
  [/^\/clients(\/[^/]+\/rotate)?$/, "POST /clients"],
  [/^\/worker-tokens(\/[^/]+\/rotate)?$/, "POST /worker-tokens"],
  [/^\/admin(\/.*)?$/, "POST /admin/…"],
  [/^\/session(\/.*)?$/, "POST /session/…"],
  [/^\/setup$/, "POST /setup"],
  [/^\/auth(\/.*)?$/, "POST /auth/…"],
];

/** The system's own operation at this endpoint, in words; null when the path is free. */
export function systemRouteAt(endpoint: string): string | null {
  return SYSTEM_POSTS.find(([pattern]) => pattern.test(endpoint))?.[1] ?? null;
}
