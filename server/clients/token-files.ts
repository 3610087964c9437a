import type { Actor } from "@/lib/job-event";
import { type Config, ConfigError } from "@/server/config";
import { writeAudit } from "@/server/store/audit-log";
import type { Database } from "@/server/store/database";
import { type FileSync, syncFileClients, syncFileWorkerTokens } from "@/server/store/token-files";
import { type ClientEntry, readClientsFile } from "./clients-file";
import { readWorkersFile, type WorkerEntry } from "./workers-file";

/** What the files say; null: there is none, or it is not asked for. */
export interface TokenFiles {
  clients: ClientEntry[] | null;
  workers: WorkerEntry[] | null;
}

type FileConfig = Pick<Config, "clientsFile" | "workersFile" | "workerAuthMode">;

/**
 * Reads `clients.toml` and `workers.toml`, if they are configured. Throws one ConfigError with the faults of both. With
 * `WORKER_AUTH_MODE=mtls-only` the workers' file is checked, but its tokens are not loaded.
 */
export function readTokenFiles(config: FileConfig): TokenFiles {
  const faults: string[] = [];
  const attempt = <T>(path: string | null, read: (path: string) => T): T | null => {
    if (path === null) return null;
    try {
      return read(path);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults);
      return null;
    }
  };
  const clients = attempt(config.clientsFile, readClientsFile);
  const workers = attempt(config.workersFile, readWorkersFile);
  if (faults.length > 0) throw new ConfigError(faults);
  return { clients, workers: config.workerAuthMode === "mtls-only" ? null : workers };
}

/** How many entries a file brought, changed and took away. */
export interface FileChange {
  added: number;
  changed: number;
  disabled: number;
}

/** Stores what the files say, as far as there are any. Throws as the two below. */
export async function storeTokenFiles(database: Database, { clients, workers }: TokenFiles, by: Actor): Promise<void> {
  if (clients !== null) await storeFileClients(database, clients, by);
  if (workers !== null) await storeFileWorkers(database, workers, by);
}

/**
 * Makes the stored clients of source `file` those of the file. Throws a ConfigError, and changes nothing, when a name or a
 * token belongs to a client that is not of the file. `by` is who asked, for the audit log.
 */
export async function storeFileClients(database: Database, entries: ClientEntry[], by: Actor): Promise<FileChange> {
  const rows = entries.map(({ name, tokenHash, description, scopes, plan, monthlyAttempts, params, config }) => {
    const values = { description, scopes, plan, monthly_attempts: monthlyAttempts, params, config };
    return { name, tokenHash, values };
  });
  return kept(database, await syncFileClients(database, rows), entries, "client.reload", by);
}

/** The same for worker tokens. */
export async function storeFileWorkers(database: Database, entries: WorkerEntry[], by: Actor): Promise<FileChange> {
  const rows = entries.map(({ name, tokenHash, ...values }) => ({ name, tokenHash, values }));
  return kept(database, await syncFileWorkerTokens(database, rows), entries, "worker_token.reload", by);
}

async function kept(
  database: Database,
  sync: FileSync,
  entries: readonly { name: string; place: string }[],
  action: string,
  by: Actor,
): Promise<FileChange> {
  if (sync.taken !== null) {
    throw new ConfigError(
      sync.taken.map(({ name, what, by: owner, source }) => {
        const place = entries.find((one) => one.name === name)?.place ?? `[${name}]`;
        const whose = source === "api" ? "which was made through the API" : `which comes from the ${source}`;
        return what === "name"
          ? `${place} the name is taken by '${owner}', ${whose}; choose another, or delete that`
          : `${place} token is that of '${owner}', ${whose}; each needs its own`;
      }),
    );
  }
  const { added, changed, disabled } = sync;
  if (added + changed + disabled > 0)
    await writeAudit(database, {
      by,
      action,
      target: ["file", action.split(".")[0] ?? ""],
      data: { added, changed, disabled },
    });
  return { added, changed, disabled };
}
