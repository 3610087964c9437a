import { isMainThread, Worker } from "node:worker_threads";

/** Kills the process from beside, whatever its main thread is doing, when its parent is another one than at first. */
const watcher = `
const { workerData } = require("node:worker_threads");
setInterval(() => { if (process.ppid !== workerData) process.kill(process.pid, "SIGKILL"); }, 1000);
`;

/** A process whose executor died must not run on; a thread dies with it anyhow. */
export function watchExecutor(): void {
  if (!isMainThread) return;
  process.on("disconnect", () => process.exit(0));
  // Ctrl-C goes to the whole group; when to stop is for the executor to say.
  process.on("SIGINT", () => undefined);
  const limits = { maxOldGenerationSizeMb: 16 };
  new Worker(watcher, { eval: true, env: {}, workerData: process.ppid, resourceLimits: limits }).unref();
}
