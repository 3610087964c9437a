import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The SDK that the run is made with, and the folder that its environment is kept in. */
export const SDK_VERSION = process.env.BATUTA_COMPAT_SDK ?? "1.0b20";
export const environmentFolder = join(import.meta.dirname, "../../node_modules/.cache/batuta-compat", SDK_VERSION);
const python = join(environmentFolder, "bin", "python");

/** Why the SDK cannot be run here; null when it can. */
export function missingSdk(): string | null {
  if (!existsSync(python)) return `no avtomatika-worker ${SDK_VERSION} here; \`npm run test:compat\` installs it`;
  try {
    execFileSync(python, ["-c", "import avtomatika_worker"], { stdio: "pipe", timeout: 60_000 });
    return null;
  } catch (error) {
    return `avtomatika-worker ${SDK_VERSION} does not load: ${(error as Error).message}`;
  }
}

/** What the worker's code told of itself. */
export interface Seen {
  what: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the worker tells has many shapes, looked at by the tests
  [more: string]: any;
}

export interface ReferenceWorker {
  id: string;
  /** Everything that it printed. */
  output(): string;
  /** What its code told, in order. */
  seen(what: string): Seen[];
  /** Waits until it has printed something; fails after 30 s with what it printed. */
  printed(text: string | RegExp): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  kill(): void;
}

/** Starts the worker with the real SDK against `url`. */
export function startReferenceWorker(
  id: string,
  url: string,
  token: string,
  environment: Record<string, string> = {},
): ReferenceWorker {
  const child: ChildProcess = spawn(python, [join(import.meta.dirname, "reference-worker.py")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      NODE_ENV: process.env.NODE_ENV,
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PYTHONUNBUFFERED: "1",
      WORKER_ID: id,
      ORCHESTRATOR_URL: url,
      WORKER_TOKEN: token,
      HEARTBEAT_INTERVAL: "1",
      WORKER_HEARTBEAT_COOLDOWN: "0.2",
      TASK_POLL_TIMEOUT: "3",
      IDLE_POLL_DELAY: "0.05",
      WORKER_SKILLS_DIR: "no-such-folder",
      TASK_FILES_DIR: join(tmpdir(), `batuta-compat-${id}`),
      ...environment,
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (printed += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  return {
    id,
    output: () => printed,
    seen: (what) =>
      printed
        .split("\n")
        .filter((line) => line.startsWith("seen "))
        .map((line) => JSON.parse(line.slice(5)) as Seen)
        .filter((one) => one.what === what),
    async printed(text) {
      const has = () => (typeof text === "string" ? printed.includes(text) : text.test(printed));
      for (const end = Date.now() + 30_000; !has(); await new Promise((resolve) => setTimeout(resolve, 50)))
        if (Date.now() > end || child.exitCode !== null) throw new Error(`the worker did not say ${text}:\n${printed}`);
    },
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
    kill,
  };
}
