/** What opens this installation's doors; a task that needs a secret has one of its own. */
const OURS = new Set([
  "DATABASE_URL",
  "REDIS_URL",
  "BATUTA_AUTH_SECRET",
  "BATUTA_SIGN_IN_TOKEN",
  "BATUTA_SETUP_TOKEN",
  "BATUTA_ADMIN_PASSWORD",
  "CLIENT_TOKEN",
  "GLOBAL_WORKER_TOKEN",
  "EMBEDDINGS_API_KEY",
  "METRICS_TOKEN",
  "ORCHESTRATOR_SECRET_KEY",
  "TLS_PROXY_SECRET",
  "WORKER_TOKEN",
]);

/** The environment that tasks see in threads and processes of their own: all of it but this installation's own secrets. */
export function taskEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => {
      const [name, value] = entry;
      return value !== undefined && !OURS.has(name);
    }),
  );
}
