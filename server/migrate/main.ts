import { readConfig } from "@/server/config";
import { createLog } from "@/server/log";
import { CONFIG_FAULT, isConfigFault } from "@/server/start-fault";
import { migrate } from "@/server/store/migrate";
import { whenThere } from "@/server/when-there";

const PATIENCE_MS = 60_000;

/**
 * Brings the database of `DATABASE_URL` to this release and ends: 0 when it is there, 1 when it could not, 78 for a fault
 * in the configuration. Web processes do the same at their start; this is for those who deploy in steps.
 */
async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog({ ...config.log, hide: config.secrets });
  await whenThere(log, PATIENCE_MS, () => migrate(config.databaseUrl, (line) => log.info(line)));
  log.info("the database is up to date");
}

main().catch((error: unknown) => {
  console.error(isConfigFault(error) ? error.message : error);
  process.exitCode = isConfigFault(error) ? CONFIG_FAULT : 1;
});
