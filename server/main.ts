import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { reloadTokenFiles } from "@/server/clients/reload-token-files";
import { type Config, readConfig } from "@/server/config";
import { drainable } from "@/server/http/drain-server";
import { createHttpServer, type Pages } from "@/server/http/serve";
import { createLog, type Log } from "@/server/log";
import { blueprintsOf, startProcess } from "@/server/start";
import { CONFIG_FAULT, isConfigFault } from "@/server/start-fault";
import { protectThread } from "@/server/worker/bridge/sync/guard";
import type { RunningWorker } from "@/server/worker/start-worker";

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** The web process: owns the port, serves API and pages, and runs the engine. SIGTERM or SIGINT drains it. */
async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog({ ...config.log, hide: config.secrets });
  const stopping = stopSignal(log);
  const blueprints = await blueprintsOf(config);
  // While one call blocked it, nobody would be served.
  protectThread("web");
  const deps = await startProcess(config, blueprints, log);
  process.on("unhandledRejection", () => deps.metrics.unobservedErrors.inc());
  // Without files the signal keeps its usual meaning, which is the end.
  if (config.clientsFile ?? config.workersFile) process.on("SIGHUP", () => void reloadTokenFiles(deps, log));
  const pages = config.roles.has("web") ? await openPages(config) : null;
  const { workerDoor, workerSockets } = deps;
  const server = createHttpServer({
    config,
    fetch: (request, env) => deps.fetch(request, env),
    pages,
    workerDoor,
    workerSockets,
    log,
  });
  const { drain } = drainable(server);
  const port = await listen(server, config);
  log.info("listening", { host: config.host, port, roles: [...config.roles] });
  const worker = config.roles.has("worker") ? await startWorkerHere(config) : null;
  const why = await (worker
    ? Promise.race([stopping, worker.exhausted, worker.started.then(() => stopping)])
    : stopping);
  log.info("stopping; a second signal ends it at once", { why });
  // Nothing that hangs may keep the process for ever; tasks that run here have a time of their own to end.
  const tasksMs = worker ? config.worker.shutdownMs + worker.graceMs : 0;
  setTimeout(() => process.exit(1), tasksMs + config.shutdownMs).unref();
  const closed = drain();
  await Promise.all([deps.drain(), worker?.stop()]);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, config.shutdownMs / 2).unref())]);
  server.closeAllConnections();
  await deps.stop();
  process.exit(STOP_SIGNALS.some((signal) => signal === why) ? 0 : 1);
}

/** Resolves with the first signal to stop; the second ends the process. */
function stopSignal(log: Log): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    };
    for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
    process.on("unhandledRejection", (error) => log.error("a rejection that nobody handled", { error }));
  });
}

async function openPages(config: Config): Promise<Pages> {
  const app = await withoutSourceMaps(async () => {
    const { default: next } = await import("next");
    const made = next({ dev: config.dev, dir: process.cwd(), hostname: config.host, port: config.port });
    await made.prepare();
    return made;
  });
  const handle = app.getRequestHandler();
  const upgrade = app.getUpgradeHandler();
  return {
    handle: (request, response) => handle(request, response),
    upgrade: (request, socket, head) => upgrade(request, socket, head),
  };
}

/** Next's hundreds of files each bring a map: reading them all takes a quarter of a start. Those of our own are kept. */
async function withoutSourceMaps<T>(load: () => Promise<T>): Promise<T> {
  if (!process.execArgv.includes("--enable-source-maps")) return load();
  process.setSourceMapsEnabled(false);
  try {
    return await load();
  } finally {
    process.setSourceMapsEnabled(true);
  }
}

function listen(server: Server, config: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function startWorkerHere(config: Config): Promise<RunningWorker> {
  const { startWorker } = await import("@/server/worker/start-worker");
  return startWorker(config);
}

main().catch((error: unknown) => {
  const taken = (error as { code?: string }).code === "EADDRINUSE";
  console.error(
    isConfigFault(error)
      ? error.message
      : taken
        ? "The port is taken by another process; set PORT to a free one."
        : error,
  );
  process.exit(isConfigFault(error) ? CONFIG_FAULT : 1);
});
