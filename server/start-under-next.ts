import { readConfig } from "@/server/config";
import { createLog } from "@/server/log";
import { blueprintsOf, startProcess } from "@/server/start";
import { thisProcessIfStarted } from "@/server/this-process";
import { protectThread } from "@/server/worker/bridge/sync/guard";

/** Starts the engine once in a process that only Next was started in; drains it when the process is told to stop. */
export async function startUnderNext(): Promise<void> {
  if (thisProcessIfStarted()) return;
  const config = readConfig();
  const log = createLog({ ...config.log, hide: config.secrets });
  const blueprints = await blueprintsOf(config);
  // While one call blocked it, nobody would be served.
  protectThread("web");
  const deps = await startProcess(config, blueprints, log);
  process.once("SIGTERM", () => void deps.stop());
}
