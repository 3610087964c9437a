import { mkdirSync, statfsSync } from "node:fs";
import { freePort, portProblem } from "@/server/local/free-port";
import type { LocalSettings } from "@/server/local/settings";
import { explainSystemError, SetupError } from "@/server/local/setup-error";

const smallestFreeBytes = 200 * 1024 * 1024;

/** Creates the data folder and refuses a disk that would be full before long. */
export function prepareDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw explainSystemError(error);
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= smallestFreeBytes) return;
  throw new SetupError(
    `The disk is full: ${Math.round(free / 1024 / 1024)} MB are left for ${folder}, and 200 MB are needed to start.`,
    "Free some space, or set BATUTA_DATA_DIR to a disk that has room.",
  );
}

/** Makes sure that the web port can be had. */
export async function checkWebPort({ host, port }: LocalSettings): Promise<void> {
  const problem = await portProblem(port, host);
  if (problem === undefined) return;
  throw new SetupError(describePort(port, host, problem), `Choose another one: PORT=${port + 1} npm start`);
}

/** The worker's port for probes and metrics; one that nobody asked for gives way to a free one. */
export async function chooseWorkerPort({ workerHost, workerPort }: LocalSettings): Promise<number> {
  const wanted = workerPort ?? 8081;
  const problem = await portProblem(wanted, workerHost);
  if (problem === undefined) return wanted;
  if (workerPort === undefined && problem === "EADDRINUSE") return freePort(workerHost);
  const fix = `Choose another one for the worker's probes and metrics: WORKER_HTTP_PORT=${wanted + 1} npm start`;
  throw new SetupError(describePort(wanted, workerHost, problem, "WORKER_HTTP_HOST"), fix);
}

function describePort(port: number, host: string, problem: string, hostName = "HOST"): string {
  const place = host.includes(":") ? `[${host}]` : host;
  if (problem === "EADDRINUSE") return `Port ${port} is taken: another program listens on ${place}:${port}.`;
  if (problem === "EACCES") return `Port ${port} may not be used by this user (ports below 1024 usually need root).`;
  if (problem === "EADDRNOTAVAIL" || problem === "ENOTFOUND") {
    return `${hostName}=${host} is not an address of this machine.`;
  }
  return `Port ${port} on ${host} cannot be used: ${problem}.`;
}
