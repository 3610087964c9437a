import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { bundles, pagesHash } from "@/server/local/build";
import { freePort } from "@/server/local/free-port";
import { sendSignal } from "@/server/local/process-info";
import type { RunRecord } from "@/server/local/run-record";

const repository = join(import.meta.dirname, "../..");

/** Answers `/readyz`, tells its environment at `/env`, ends by itself at `/crash`. */
const smallServer = (portName: string, host: string) => `
import { createServer } from "node:http";
const server = createServer((request, response) => {
  if (request.url === "/crash") process.exit(7);
  response.end(request.url === "/env" ? JSON.stringify({ ...process.env, PID: process.pid }) : "ok");
});
server.listen(Number(process.env.${portName}), ${host}, () => console.log("listening"));
process.on("SIGTERM", () => process.exit(0));
`;

export interface SmallProject {
  folder: string;
  port: number;
  /** Starts the launcher with these variables and arguments. */
  start(env?: Record<string, string>, args?: string[]): Launcher;
  record(): RunRecord;
  remove(): void;
}

export interface Launcher {
  process: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when the text was printed; rejects when the launcher ends without it. */
  printed(text: string | RegExp): Promise<void>;
  /** Exit code, or the name of the signal. */
  ended: Promise<number | string>;
}

/** A checkout in small: the real launcher and the real migrations, with tiny web and worker processes and no pages. */
export async function makeSmallProject(): Promise<SmallProject> {
  const folder = mkdtempSync(join(tmpdir(), "batuta-small-"));
  chmodSync(folder, 0o755);
  for (const part of ["dist", ".next"]) mkdirSync(join(folder, part));
  for (const { entry } of bundles) {
    mkdirSync(join(folder, dirname(entry)), { recursive: true });
    writeFileSync(join(folder, entry), "export {};");
  }
  for (const name of ["node_modules", "drizzle"]) symlinkSync(join(repository, name), join(folder, name));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "server/main.ts"), smallServer("PORT", "process.env.HOST"));
  const workerHost = 'process.env.WORKER_HTTP_HOST ?? "127.0.0.1"';
  writeFileSync(join(folder, "server/worker/main.ts"), smallServer("WORKER_HTTP_PORT", workerHost));
  writeFileSync(join(folder, "server/tasks/extract/main.ts"), "process.exit(0);");
  writeFileSync(join(folder, ".next/BUILD_ID"), "none");
  writeFileSync(join(folder, "dist/pages.stamp"), pagesHash(folder));
  await build({
    entryPoints: [join(repository, "server/local/main.ts")],
    absWorkingDir: repository,
    outfile: join(folder, "dist/local.js"),
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "silent",
  });
  const port = await freePort();
  const workerPort = await freePort();
  const launchers: Launcher[] = [];
  return {
    folder,
    port,
    start(env = {}, args = []) {
      const launcher = launch(folder, { PORT: String(port), WORKER_HTTP_PORT: String(workerPort), ...env }, args);
      launchers.push(launcher);
      return launcher;
    },
    record: () => JSON.parse(readFileSync(join(folder, ".batuta/run.json"), "utf8")) as RunRecord,
    remove() {
      for (const { process } of launchers) if (process.pid && process.exitCode === null) process.kill("SIGKILL");
      const recordFile = join(folder, ".batuta/run.json");
      if (existsSync(recordFile)) {
        const { children } = JSON.parse(readFileSync(recordFile, "utf8")) as RunRecord;
        for (const { pid } of Object.values(children)) sendSignal(pid, "SIGKILL");
      }
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function launch(folder: string, given: Record<string, string>, args: string[]): Launcher {
  const { DATABASE_URL: _database, REDIS_URL: _redis, HOST: _host, npm_lifecycle_event: _npm, ...env } = process.env;
  const child = spawn(process.execPath, ["dist/local.js", ...args], {
    cwd: folder,
    env: { ...env, ...given } as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const ended = new Promise<number | string>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  return {
    process: child,
    output: () => output,
    ended,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof text === "string" ? output.includes(text) : text.test(output)) resolve();
        };
        for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
        void ended.then((how) => reject(new Error(`Ended (${how}) without printing ${text}:\n${output}`)));
        look();
      }),
  };
}
