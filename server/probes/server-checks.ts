import type { AskedCheck } from "./check";

/** How the servers of a worker are asked. */
export interface AskedServers {
  /** Rejects when the database does not answer. */
  database: () => Promise<{ missingMigrations: string[] }>;
  /** Null: there is no Redis to use. */
  redis: (() => Promise<boolean>) | null;
}

/** The checks `db`, `migrations` and, where there is one, `redis`. */
export function serverChecks({ database, redis }: AskedServers): AskedCheck[] {
  const ask = shared(database);
  const db = { name: "db", ask: () => ask().then(() => null) };
  const migrations = {
    name: "migrations",
    ask: async () => {
      const { missingMigrations } = await ask();
      return missingMigrations.length === 0 ? null : `not applied: ${missingMigrations.join(", ")}`;
    },
  };
  if (redis === null) return [db, migrations];
  return [db, migrations, { name: "redis", ask: async () => ((await redis()) ? null : "does not answer") }];
}

/** Both ask the same thing: one question serves all who wait for its answer. */
function shared<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let under: Promise<Answer> | null = null;
  return () => {
    under ??= ask().finally(() => {
      under = null;
    });
    return under;
  };
}
