import { resolve } from "node:path";
import { SetupError } from "@/server/local/setup-error";

/** What `npm start` takes from the environment. */
export interface LocalSettings {
  host: string;
  /** Only this machine can reach `host`. */
  loopback: boolean;
  /** The web process speaks TLS. */
  tls: boolean;
  port: number;
  /** Where the worker's probes and metrics listen: not at `host`, unless somebody wants that. */
  workerHost: string;
  /** `undefined`: 8081, or any free port when that is taken. */
  workerPort: number | undefined;
  dataFolder: string;
  /** `undefined`: the embedded one. */
  databaseUrl: string | undefined;
  /** `undefined`: one is looked for; `off`: go without. */
  redisUrl: string | undefined | "off";
}

/** Reads and checks the settings; throws a `SetupError` that names the variable. */
export function readLocalSettings(env: NodeJS.ProcessEnv): LocalSettings {
  const host = env.HOST || "127.0.0.1";
  return {
    host,
    loopback: isLoopback(host),
    tls: /^(?:1|true|yes)$/.test(env.TLS_ENABLED ?? ""),
    port: readPort("PORT", env.PORT) ?? 3000,
    workerHost: env.WORKER_HTTP_HOST || "127.0.0.1",
    workerPort: readPort("WORKER_HTTP_PORT", env.WORKER_HTTP_PORT),
    dataFolder: resolve(env.BATUTA_DATA_DIR || ".batuta"),
    databaseUrl: readUrl("DATABASE_URL", env.DATABASE_URL, ["postgres:", "postgresql:"]),
    redisUrl: env.BATUTA_REDIS === "off" ? "off" : readUrl("REDIS_URL", env.REDIS_URL, ["redis:", "rediss:"]),
  };
}

/** Where a browser or a health check on this machine reaches a server that listens at `host`. */
export function addressOf(host: string, port: number, tls = false): string {
  const everywhere = host === "0.0.0.0" || host === "::";
  const name = everywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `${tls ? "https" : "http"}://${name}:${port}`;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function readPort(name: string, value: string | undefined): number | undefined {
  if (value === undefined || value === "") return undefined;
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new SetupError(`${name} is "${value}", which is not a port.`, `Set ${name} to a number from 1 to 65535.`);
}

function readUrl(name: string, value: string | undefined, protocols: string[]): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
  // The value is not shown: it usually holds a password.
  throw new SetupError(
    `${name} is not an address that starts with ${protocols[0]}//.`,
    `Write it as ${protocols[0]}//user:password@host:port, or leave ${name} unset to get a server of your own.`,
  );
}
