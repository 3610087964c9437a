import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { freePort } from "@/server/local/free-port";

const root = join(import.meta.dirname, "../..");
const children = new Set<ChildProcess>();

export interface SpawnedWorker {
  child: ChildProcess;
  port: number;
  /** Exit code; null when a signal ended it. */
  exited: Promise<number | null>;
  get(path: string, init?: RequestInit): Promise<Response>;
  /** What it wrote so far. */
  out(): string;
  errors(): string;
}

/** The worker's real program with these words, in an environment that holds nothing but `PATH`, `HOME` and what is given. */
export async function spawnWorker(env: Record<string, string>, words: string[] = []): Promise<SpawnedWorker> {
  const port = env.WORKER_HTTP_PORT ? Number(env.WORKER_HTTP_PORT) : await freePort("127.0.0.1");
  const child = spawn(process.execPath, ["dist/worker.js", ...words], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: "production",
      BATUTA_DATA_DIR: mkdtempSync(join(inject("runFolder"), "worker-")),
      WORKER_HTTP_PORT: String(port),
      ...env,
    },
  });
  children.add(child);
  const texts = { out: "", errors: "" };
  child.stdout.on("data", (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (texts.errors += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    child,
    port,
    exited,
    get: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    out: () => texts.out,
    errors: () => texts.errors,
  };
}

/** Runs it to its end. */
export async function runWorkerProgram(env: Record<string, string>, words: string[] = []) {
  const worker = await spawnWorker(env, words);
  const code = await worker.exited;
  return { code, out: worker.out(), errors: worker.errors() };
}

/** Kills every one that still runs; for `afterAll`. */
export function killWorkers(): void {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
}

/** True when the probe says 200. */
export async function isReady(worker: SpawnedWorker): Promise<boolean> {
  const answer = await worker.get("/readyz").catch(() => null);
  return answer?.status === 200;
}
