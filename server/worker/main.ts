import { readWorkerConfig } from "@/server/config";
import { CONFIG_FAULT, isConfigFault } from "@/server/start-fault";
import { startWorker, tasksOf } from "./deps";
import { startRemoteWorker } from "./remote";

/** The worker process. SIGTERM or SIGINT drains it; a second one ends it at once. */
async function main(): Promise<void> {
  const config = readWorkerConfig();
  const { remoteWorker } = config;
  const running = remoteWorker
    ? await startRemoteWorker(config, remoteWorker, await tasksOf(config))
    : await startWorker(config);
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    running.log.info("worker stops; a second signal ends it at once", { signal });
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        running.log.error("the worker did not stop cleanly", { error });
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

main().catch((error: unknown) => {
  console.error(isConfigFault(error) ? error.message : error);
  process.exit(isConfigFault(error) ? CONFIG_FAULT : 1);
});
