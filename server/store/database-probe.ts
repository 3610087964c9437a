import pg from "pg";
import { CONNECTION_LIMITS } from "./database";
import { expectedMigrations } from "./expected-migrations";

/** What a database that answered says of itself. */
export interface DatabaseAnswer {
  /** Migrations that this build needs and that are not applied, by name; all of them in an empty database. */
  missingMigrations: string[];
  /** Its clock, epoch milliseconds. */
  now: number;
}

export interface DatabaseProbe {
  /** Asks; rejects with what the driver says when there is no answer within `waitMs`. One at a time. */
  ask(): Promise<DatabaseAnswer>;
  close(): Promise<void>;
}

const UNDEFINED_TABLE = "42P01";

/**
 * A single kept connection that asks whether the database is there, apart from the pool: a pool whose connections are
 * all busy is no outage, and a server that hangs must not be asked with what the work needs.
 */
export function openDatabaseProbe(url: string, options: { name: string; waitMs: number }): DatabaseProbe {
  const pool = new pg.Pool({
    ...CONNECTION_LIMITS,
    connectionString: url,
    application_name: options.name,
    max: 1,
    connectionTimeoutMillis: options.waitMs,
    query_timeout: options.waitMs,
    statement_timeout: options.waitMs,
  });
  // A lost connection shows at the next question.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return {
    async ask() {
      const { rows } = await pool.query<{ now: Date }>("select clock_timestamp() as now");
      return { missingMigrations: await missing(pool), now: rows[0]?.now.getTime() ?? Number.NaN };
    },
    close: () => pool.end(),
  };
}

async function missing(pool: pg.Pool): Promise<string[]> {
  try {
    const { rows } = await pool.query<{ tag: string }>("select tag from schema_migrations");
    const applied = new Set(rows.map(({ tag }) => tag));
    return expectedMigrations.filter((tag) => !applied.has(tag));
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return [...expectedMigrations];
    throw error;
  }
}
