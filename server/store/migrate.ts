import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Client } from "pg";
import { ensureEventPartitions } from "./partitions";

/** Serialises migrations of all processes; any constant that nobody else uses. */
const MIGRATION_LOCK = "7236470165";
const BREAKPOINT = "--> statement-breakpoint";

interface Migration {
  tag: string;
  hash: string;
  statements: string[];
}

/**
 * Brings the database at `url` to this code's schema and makes the coming partitions of `events`. Several processes may
 * call it at once: one works, the others wait and find it done. Quick when there is nothing to do. Each migration is
 * one transaction and is recorded by name, so two branches that each added one are both applied.
 *
 * `folder` holds drizzle's SQL files; without it, it is `drizzle/` in the working directory or in the nearest folder
 * above it. Throws when the folder is not found, when the server is older than Postgres 16, or what the database throws.
 */
export async function migrate(
  url: string,
  log: (line: string) => void = () => undefined,
  folder?: string,
): Promise<void> {
  const migrations = readMigrations(folder ?? findFolder());
  const client = new Client({
    connectionString: url,
    application_name: "batuta migrate",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", (error) => log(`the connection for migrations was lost: ${error.message}`));
  await client.connect();
  try {
    await refuseOldServer(client);
    await client.query("set lock_timeout = 0; set statement_timeout = 0");
    await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await applyMissing(client, migrations, log);
    for (const name of await ensureEventPartitions(client)) log(`made the partition ${name}`);
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}

function findFolder(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const candidate = join(folder, "drizzle");
    if (existsSync(join(candidate, "meta", "_journal.json"))) return candidate;
    if (folder === dirname(folder)) {
      throw new Error(
        `The folder drizzle/ with the database's migrations is neither in ${process.cwd()} nor above it.`,
      );
    }
  }
}

function readMigrations(folder: string): Migration[] {
  const journal = JSON.parse(readFileSync(join(resolve(folder), "meta", "_journal.json"), "utf8")) as {
    entries: { idx: number; tag: string }[];
  };
  return journal.entries
    .toSorted((a, b) => a.idx - b.idx)
    .map(({ tag }) => {
      const text = readFileSync(join(folder, `${tag}.sql`), "utf8");
      const statements = text.split(BREAKPOINT).filter((statement) => statement.trim() !== "");
      return { tag, hash: createHash("sha256").update(text).digest("hex"), statements };
    });
}

async function refuseOldServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number; text: string }>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as text",
  );
  const version = rows[0];
  if (version && version.number < 160_000)
    throw new Error(`Postgres 16 or newer is needed; this server is ${version.text}.`);
}

async function applyMissing(client: Client, migrations: Migration[], log: (line: string) => void): Promise<void> {
  await client.query(
    "create table if not exists schema_migrations (tag text primary key, hash text not null, applied_at timestamptz not null default now())",
  );
  const { rows } = await client.query<{ tag: string; hash: string }>("select tag, hash from schema_migrations");
  const applied = new Map(rows.map((row) => [row.tag, row.hash]));
  for (const migration of migrations) {
    const hash = applied.get(migration.tag);
    if (hash === migration.hash) continue;
    if (hash !== undefined) log(`the migration ${migration.tag} was changed after it had been applied here`);
    else await apply(client, migration, log);
  }
}

async function apply(client: Client, migration: Migration, log: (line: string) => void): Promise<void> {
  await client.query("begin");
  try {
    for (const statement of migration.statements) await client.query(statement);
    await client.query("insert into schema_migrations (tag, hash) values ($1, $2)", [migration.tag, migration.hash]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw new Error(
      `the migration ${migration.tag} failed: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
  log(`applied the migration ${migration.tag}`);
}
