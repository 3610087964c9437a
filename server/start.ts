import { join } from "node:path";
import { SINGLE_TASK_BLUEPRINT } from "@/lib/blueprint/names";
import { shippedBlueprints } from "@/server/blueprints/shipped";
import { BULK_BLUEPRINT } from "@/server/bulk/bulk-blueprint";
import type { CodedBlueprint } from "@/server/catalogue/code-revision";
import { registerBlueprints } from "@/server/catalogue/register-blueprints";
import { registerEnvironmentTokens } from "@/server/clients/register-environment-tokens";
import { readTokenFiles, storeTokenFiles } from "@/server/clients/token-files";
import type { Config } from "@/server/config";
import { createDeps, type Deps } from "@/server/deps";
import { systemRouteAt } from "@/server/http/system-routes";
import type { Log } from "@/server/log";
import { ensureEnvironmentOperator, setupRequired } from "@/server/operators/first-operator";
import { offerLocalSignIn } from "@/server/operators/local-sign-in";
import { ownBlueprints } from "@/server/own-code/own-blueprints";
import { migrate } from "@/server/store/migrate";
import { setThisProcess } from "@/server/this-process";
import { whenThere } from "@/server/when-there";

/** How long a start waits for a database that is not there yet. */
const PATIENCE_MS = 60_000;

/** The blueprints that ship, and those of the folder that `BLUEPRINTS_DIR` names. Throws an OwnCodeError for its faults. */
export async function blueprintsOf(config: Config): Promise<CodedBlueprint[]> {
  const { blueprintsDir: folder, tasksDir, dataDir } = config;
  if (folder === null) return [...shippedBlueprints];
  const taken = [BULK_BLUEPRINT, SINGLE_TASK_BLUEPRINT, ...shippedBlueprints.map((one) => one.document.name)];
  const cacheFolder = join(dataDir, "own-code");
  return [...shippedBlueprints, ...(await ownBlueprints({ folder, cacheFolder, taken, mixed: folder === tasksDir }))];
}

/**
 * Everything a process does before it serves: migrates, stores the blueprints written in code, registers the tokens and
 * the account of the environment, and sets engine and live hub to work. The parts are then found by `thisProcess`.
 */
export async function startProcess(config: Config, blueprints: readonly CodedBlueprint[], log: Log): Promise<Deps> {
  const deps = await startParts(config, blueprints, log);
  setThisProcess(deps);
  return deps;
}

/** The same for parts that are handed on instead of found. `migrations`: the folder of the SQL files, if it is not near. */
export async function startParts(
  config: Config,
  blueprints: readonly CodedBlueprint[],
  log: Log,
  migrations?: string,
): Promise<Deps> {
  const tokenFiles = readTokenFiles(config);
  await whenThere(log, PATIENCE_MS, () =>
    migrate(config.databaseUrl, (line) => log.info(line, { part: "migrations" }), migrations),
  );
  const deps = await createDeps(config, blueprints, log);
  try {
    await registerBlueprints(deps.database, blueprints, { systemRouteAt });
    await registerBlueprints(deps.database, deps.systemBlueprints, { systemRouteAt, shared: false });
    await registerEnvironmentTokens(deps.database, config);
    await storeTokenFiles(deps.database, tokenFiles, { kind: "engine", id: config.instanceId });
    if (config.admin) await ensureEnvironmentOperator(deps.operators, config.admin);
    if (config.local && config.signInToken) await offerLocalSignIn(deps.database, config.signInToken);
    if (deps.setupToken !== null && (await setupRequired(deps.database)))
      log.info(
        config.setupToken === null
          ? `Nobody has an account yet. Make the first one at /setup with this code: ${deps.setupToken}`
          : "Nobody has an account yet. Make the first one at /setup with the code in BATUTA_SETUP_TOKEN",
      );
    await deps.start();
  } catch (error) {
    await deps.stop();
    throw error;
  }
  return deps;
}
