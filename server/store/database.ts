import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { safeTransactions } from "./transaction";

export interface Database {
  readonly pool: pg.Pool;
  readonly db: NodePgDatabase;
  /** Ends all connections, waiting for those in use. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Connections at most. */
  max: number;
  /** Shown in `pg_stat_activity`. */
  name: string;
  /** For claims, due times and sessions: plans are made once and always use an index, however old the statistics are. */
  hot?: boolean;
  /** Told of connections that died while idle; the pool replaces them by itself. */
  onError?: (error: Error) => void;
}

/** Limits of every connection: nothing waits for ever, and a forgotten transaction does not hold the horizon back. */
export const CONNECTION_LIMITS = {
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  connectionTimeoutMillis: 5_000,
  statement_timeout: 10_000,
  lock_timeout: 3_000,
  idle_in_transaction_session_timeout: 15_000,
  // A link that went silent answers nothing, not even the server's own limit.
  query_timeout: 20_000,
} as const satisfies pg.ClientConfig;

/**
 * A pool for everything but the engine's lanes. Connections are made when they are needed; a lost one never raises an
 * uncaught error. Waiting for a free connection ends after five seconds with an error.
 */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...CONNECTION_LIMITS,
    connectionString: url,
    application_name: options.name,
    max: options.max,
    options: options.hot ? "-c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off" : undefined,
    idleTimeoutMillis: 30_000,
  });
  const onError = options.onError ?? (() => undefined);
  pool.on("error", onError);
  // While a client is checked out, only its own listener stands between a dead connection and the process.
  pool.on("connect", (client) => client.on("error", onError));
  const db = Object.assign(drizzle(pool), { transaction: safeTransactions(pool) });
  return { pool, db, close: () => pool.end() };
}
