import { isMainThread, Worker } from "node:worker_threads";

/** Where the process hears that nobody holds the other end of its life any more: a line on which nothing is said. */
export const LIFE_FD = 4;

/** Ends the process from beside, whatever its main thread is doing. */
const watcher = `
const { Socket } = require("node:net");
const life = new Socket({ fd: ${LIFE_FD} }).resume();
life.on("error", () => undefined);
life.on("close", () => {
  try { process.kill(-process.pid, "SIGKILL"); } finally { process.kill(process.pid, "SIGKILL"); }
});
`;

/** A process whose executor died must not run on, nor what it started; a thread dies with it anyhow. */
export function watchExecutor(): void {
  if (!isMainThread) return;
  const limits = { maxOldGenerationSizeMb: 16 };
  new Worker(watcher, { eval: true, env: {}, resourceLimits: limits }).unref();
}
