import { z } from "zod";
import { actorOf } from "@/server/clients/caller";
import { reloadClients, reloadWorkers } from "@/server/clients/reload-token-files";
import type { FileChange } from "@/server/clients/token-files";
import { ConfigError } from "@/server/config";
import { ApiError } from "@/server/errors";
import { ok, operation } from "../operation";

const FAULTS = { description: "No file is configured, or it has faults; nothing was changed" };

const workers = operation({
  id: "reloadWorkers",
  method: "POST",
  path: "/admin/reload-workers",
  tag: "Tokens",
  summary: "Read workers.toml again; tokens that it does not name any more are refused from then on",
  access: "admin",
  answers: {
    200: {
      description: "The file counts",
      schema: z.object({ status: z.literal("worker_configs_reloaded") }).meta({ id: "WorkersReloaded" }),
    },
    400: FAULTS,
  },
  async handle({ caller, deps }) {
    if (deps.config.workersFile === null) throw notSet("WORKERS_CONFIG_PATH");
    await withFaults(reloadWorkers(deps, actorOf(caller)));
    return ok({ status: "worker_configs_reloaded" });
  },
});

const clients = operation({
  id: "reloadClients",
  method: "POST",
  path: "/admin/reload-clients",
  tag: "Tokens",
  summary: "Read clients.toml again; clients that it does not name any more are refused from then on",
  access: "admin",
  answers: {
    200: {
      description: "The file counts",
      schema: z.object({ status: z.literal("client_configs_reloaded") }).meta({ id: "ClientsReloaded" }),
    },
    400: FAULTS,
  },
  async handle({ caller, deps }) {
    if (deps.config.clientsFile === null) throw notSet("CLIENTS_CONFIG_PATH");
    await withFaults(reloadClients(deps, actorOf(caller)));
    return ok({ status: "client_configs_reloaded" });
  },
});

function notSet(variable: string): ApiError {
  return new ApiError(400, "invalid_request", `${variable} is not set, cannot reload configs.`);
}

async function withFaults(reload: Promise<FileChange | null>): Promise<void> {
  try {
    await reload;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ApiError(400, "invalid_request", `Nothing was changed. ${error.message}`, {
      details: error.faults.map((message) => ({ message })),
    });
  }
}

export const reloadRoutes = [workers, clients];
