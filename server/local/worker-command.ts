import { spawn } from "node:child_process";
import { buildBundlesIfStale } from "@/server/local/build";
import { runningSystem } from "@/server/local/running-database";
import { readLocalSettings } from "@/server/local/settings";

/** Commands that speak with the worker that `npm start` runs; the others would be in its way at its port. */
const LOOKING = new Set(["health", "doctor"]);

/**
 * Runs the worker's program with these words: on what the environment names, else on the Postgres and the Redis that
 * `npm start` runs here. Resolves with its exit code.
 */
export async function runWorkerCommand(projectFolder: string, words: string[]): Promise<number> {
  await buildBundlesIfStale(projectFolder, (line) => console.error(line));
  const args = ["--enable-source-maps", "dist/worker.js", ...words];
  const env = workerEnvironment(process.env, words);
  const child = spawn(process.execPath, args, { cwd: projectFolder, env, stdio: "inherit" });
  // A terminal's Ctrl-C reaches both; a signal to this process alone is passed on.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** The environment of the worker's program; what is set already counts. */
export function workerEnvironment(env: NodeJS.ProcessEnv, words: string[]): NodeJS.ProcessEnv {
  const { dataFolder, databaseUrl, redisUrl } = readLocalSettings(env);
  const { BATUTA_ORCHESTRATOR_URL: elsewhere, WORKER_HTTP_PORT: port } = env;
  const filled: NodeJS.ProcessEnv = { ...env, BATUTA_DATA_DIR: dataFolder };
  const running = runningSystem(dataFolder);
  if (databaseUrl === undefined && !elsewhere && running.databaseUrl !== undefined) {
    filled.DATABASE_URL = running.databaseUrl;
    if (redisUrl === undefined && running.redisUrl !== undefined) filled.REDIS_URL = running.redisUrl;
  }
  if (!port && running.workerPort !== undefined)
    filled.WORKER_HTTP_PORT = LOOKING.has(words[0] ?? "") ? String(running.workerPort) : "0";
  return filled;
}
