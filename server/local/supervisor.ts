import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { buildIfStale } from "@/server/local/build";
import { KeptProcess } from "@/server/local/kept-process";
import { checkWebPort, chooseWorkerPort, prepareDataFolder } from "@/server/local/preflight";
import type { ProcessMark } from "@/server/local/process-mark";
import { claimDataFolder, type RunFile } from "@/server/local/run-record";
import { readSecrets, type Secrets } from "@/server/local/secrets";
import { addressOf, type LocalSettings, readLocalSettings } from "@/server/local/settings";
import { StopSignal } from "@/server/local/stop-signal";
import { openStores, type Stores } from "@/server/local/stores";
import { waitReady } from "@/server/local/wait-ready";
import { migrate } from "@/server/store/migrate";

export interface SuperviseOptions {
  /** The checkout: sources, `node_modules`, `.next` and `dist`. */
  projectFolder: string;
  /** Run the sources themselves and start anew when they change. */
  development: boolean;
  say: (line: string) => void;
}

const signInLinkMs = 10 * 60_000;

/**
 * Runs the whole system on one machine until it is told to stop: Postgres, Redis, one web and one worker process.
 * Resolves with the exit code; throws a `SetupError` for what a person has to mend first.
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const { projectFolder, development, say } = options;
  const settings = readLocalSettings(process.env);
  prepareDataFolder(settings.dataFolder);
  const secrets = readSecrets(process.env, settings.dataFolder, settings.loopback);
  const stop = new StopSignal();
  const runFile = await claimDataFolder(settings.dataFolder, say);
  let stores: Stores | undefined;
  let processes: KeptProcess[] = [];
  try {
    await checkWebPort(settings);
    const workerPort = await chooseWorkerPort(settings);
    const opening = openStores(settings, projectFolder, say).then((opened) => {
      stores = opened;
    });
    // Both at once: the build takes the processor, fetching Redis the network.
    await allOrFirstError([opening, development ? Promise.resolve() : buildIfStale(projectFolder, say, stop.signal)]);
    if (stop.requested || stores === undefined) return 0;
    await migrate(stores.databaseUrl, say);
    const system = { settings, secrets, stores, workerPort, signInToken: randomBytes(32).toString("base64url") };
    processes = startProcesses(system, runFile, options, stop);
    runFile.update({
      address: addressOf(settings.host, settings.port, settings.tls),
      databaseUrl: stores.databaseUrl,
      redisUrl: stores.redisUrl,
      workerPort,
    });
    if (await bothReady(system, processes, stop, say)) announce(system, say);
    await stop.whenRequested;
    return stop.failed ? 1 : 0;
  } catch (error) {
    // What was under way when the wish to stop came was ended by it.
    if (stop.requested) return 0;
    throw error;
  } finally {
    stop.onSecond(() => {
      for (const child of processes) child.kill();
    });
    if (processes.length > 0) say("Stopping");
    runFile.update({ stopping: true });
    await Promise.all(processes.map((child) => child.stop()));
    await stores?.stop();
    runFile.remove();
    stop.dispose();
  }
}

interface System {
  settings: LocalSettings;
  secrets: Secrets;
  stores: Stores;
  workerPort: number;
  signInToken: string;
}

/** Unlike `Promise.all`, waits for the rest before it throws: nothing is left starting in the background. */
async function allOrFirstError(work: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function startProcesses(
  system: System,
  runFile: RunFile,
  { projectFolder, development, say }: SuperviseOptions,
  stop: StopSignal,
): KeptProcess[] {
  const startedAt = Date.now();
  const children: Record<string, ProcessMark> = {};
  const keep = (name: string, source: string, bundle: string) => {
    const tsx = [
      `${projectFolder}/node_modules/tsx/dist/cli.mjs`,
      ...["watch", "--clear-screen=false"],
      ...[process.env.BLUEPRINTS_DIR, process.env.TASKS_DIR].flatMap((folder) =>
        folder ? ["--include", `${resolve(folder)}/**/*`] : [],
      ),
      source,
    ];
    const child = new KeptProcess({
      name,
      command: process.execPath,
      args: development ? tsx : ["--enable-source-maps", `${projectFolder}/${bundle}`],
      cwd: projectFolder,
      isWatcher: development,
      // After ten minutes the link is dead, so a restarted process is not given it again.
      env: () => environmentOf(system, development, Date.now() - startedAt < signInLinkMs),
      say,
      onStart(mark) {
        children[name] = mark;
        runFile.update({ children });
      },
      onHopeless() {
        say(`The ${name} process does not start. What it printed last says why.`);
        stop.request("failed");
      },
    });
    child.start();
    return child;
  };
  return [keep("web", "server/main.ts", "dist/server.js"), keep("worker", "server/worker/main.ts", "dist/worker.js")];
}

function environmentOf(system: System, development: boolean, offerSignIn: boolean): NodeJS.ProcessEnv {
  const { settings, secrets, stores, workerPort } = system;
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: development ? "development" : "production",
    ...secrets.variables,
    DATABASE_URL: stores.databaseUrl,
    HOST: settings.host,
    PORT: String(settings.port),
    WORKER_HTTP_HOST: settings.workerHost,
    WORKER_HTTP_PORT: String(workerPort),
    BATUTA_DATA_DIR: settings.dataFolder,
    NEXT_TELEMETRY_DISABLED: "1",
  };
  // Set here and nowhere else; what the environment holds does not count.
  delete env.BATUTA_LOCAL;
  delete env.BATUTA_SIGN_IN_TOKEN;
  delete env.REDIS_URL;
  if (settings.loopback) env.BATUTA_LOCAL = "1";
  if (settings.loopback && offerSignIn) env.BATUTA_SIGN_IN_TOKEN = system.signInToken;
  if (stores.redisUrl !== undefined) env.REDIS_URL = stores.redisUrl;
  else env.BATUTA_QUEUE = "postgres";
  return env;
}

async function bothReady(
  { settings, workerPort }: System,
  processes: KeptProcess[],
  stop: StopSignal,
  say: (line: string) => void,
): Promise<boolean> {
  const ready = await Promise.all(
    [addressOf(settings.host, settings.port, settings.tls), addressOf(settings.workerHost, workerPort)].map(
      async (address, index) => {
        const name = index === 0 ? "web" : "worker";
        const url = `${address}/readyz`;
        const done = await waitReady(url, stop.signal, (seen) =>
          say(`Still waiting for the ${name} process (${seen})`),
        );
        if (done) processes[index]?.becameReady();
        return done;
      },
    ),
  );
  return ready.every(Boolean);
}

function announce({ settings, secrets, signInToken }: System, say: (line: string) => void): void {
  const address = addressOf(settings.host, settings.port, settings.tls);
  say("");
  say(`Batuta is ready: ${address}`);
  if (settings.loopback) {
    say(`Sign in (works once, for ten minutes): ${address}/sign-in?token=${signInToken}`);
  }
  if (secrets.file !== undefined) say(`Tokens for API clients and workers, and the password: ${secrets.file}`);
  say("Stop with Ctrl-C.");
  say("");
}
