import type { Actor } from "@/lib/job-event";
import { type Config, ConfigError } from "@/server/config";
import type { Log } from "@/server/log";
import type { Database } from "@/server/store/database";
import { type FileChange, readTokenFiles, storeFileClients, storeFileWorkers } from "./token-files";
import { type TokenListeners, tokensChanged } from "./tokens-changed";

interface ReloadParts extends TokenListeners {
  config: Pick<Config, "clientsFile" | "workersFile" | "workerAuthMode" | "instanceId">;
  database: Database;
}

/** Reads `clients.toml` again; what it does not name any more is refused from then on, in every process. Null: no file. */
export async function reloadClients(parts: ReloadParts, by: Actor): Promise<FileChange | null> {
  const { clients } = readTokenFiles({ ...parts.config, workersFile: null });
  if (clients === null) return null;
  const change = await storeFileClients(parts.database, clients, by);
  tokensChanged(parts);
  return change;
}

/** The same for `workers.toml`. Null: no file, or tokens of workers are not taken here. */
export async function reloadWorkers(parts: ReloadParts, by: Actor): Promise<FileChange | null> {
  const { workers } = readTokenFiles({ ...parts.config, clientsFile: null });
  if (workers === null) return null;
  const change = await storeFileWorkers(parts.database, workers, by);
  tokensChanged(parts);
  return change;
}

/** Both files, for a signal that asks for it: what is wrong is logged, and then nothing changes. */
export async function reloadTokenFiles(parts: ReloadParts, log: Log): Promise<void> {
  const by: Actor = { kind: "engine", id: parts.config.instanceId };
  for (const [file, reload] of [
    [parts.config.clientsFile, reloadClients],
    [parts.config.workersFile, reloadWorkers],
  ] as const) {
    if (file === null) continue;
    try {
      log.info("a file was read again", { file, ...(await reload(parts, by)) });
    } catch (error) {
      log.error("a file was not read again; what was known still counts", {
        file,
        faults: error instanceof ConfigError ? error.faults : [String(error)],
      });
    }
  }
}
