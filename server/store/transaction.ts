import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type pg from "pg";

/**
 * Runs `work` on one connection between `begin` and `commit`, and rolls back when it throws. The connection always
 * returns to the pool; one on which even the rollback failed is thrown away, for nobody knows what it would say next.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return onOneClient(pool, async (client) => {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  });
}

/**
 * Replaces drizzle's own `transaction`, which never gives a pooled connection back when `begin` fails on it (as it does
 * after a restart of the server): a pool of eight would be empty for good after eight such failures.
 */
export function safeTransactions(pool: pg.Pool): NodePgDatabase["transaction"] {
  return (work, config) => onOneClient(pool, (client) => drizzle(client).transaction(work, config));
}

async function onOneClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    await giveBack(client);
    throw error;
  }
}

async function giveBack(client: pg.PoolClient): Promise<void> {
  try {
    await client.query("rollback");
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}
