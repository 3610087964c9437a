import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryBeside } from "@/server/local/data-folder";
import { SetupError } from "@/server/local/setup-error";

/** Secrets that a running system cannot be without, with what each is for. */
const required = {
  CLIENT_TOKEN: "the token of API clients",
  GLOBAL_WORKER_TOKEN: "the token of remote workers",
  BATUTA_AUTH_SECRET: "signs the sessions of people",
} as const;

export interface Secrets {
  /** Variables for the processes, those from the environment included. */
  variables: Record<string, string>;
  /** The file that holds the ones made here; `undefined` when all were given. */
  file: string | undefined;
}

/**
 * Takes secrets from the environment. In local mode the missing ones are made once and kept in
 * `<data folder>/secrets.json`; anywhere else a missing one is refused, since nothing there may have a default.
 */
export function readSecrets(env: NodeJS.ProcessEnv, dataFolder: string, local: boolean): Secrets {
  const names = Object.keys(required);
  const given = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const missing = names.filter((name) => given[name] === undefined);
  if (!local) {
    if (missing.length > 0) throw refusal(missing);
    return { variables: given, file: undefined };
  }
  const file = join(dataFolder, "secrets.json");
  const kept = readKept(file);
  // The first operator, for whom the sign-in link works; a pair, so one alone is never made up.
  const adminGiven = Boolean(env.BATUTA_ADMIN_EMAIL || env.BATUTA_ADMIN_PASSWORD);
  const made: Record<string, string> = { ...kept };
  for (const name of missing) made[name] ??= randomBytes(32).toString("base64url");
  if (!adminGiven) {
    made.BATUTA_ADMIN_EMAIL ??= "operator@batuta.local";
    made.BATUTA_ADMIN_PASSWORD ??= randomBytes(18).toString("base64url");
  }
  if (JSON.stringify(made) !== JSON.stringify(kept)) keep(file, made);
  const used = adminGiven ? without(made, ["BATUTA_ADMIN_EMAIL", "BATUTA_ADMIN_PASSWORD"]) : made;
  const needed = missing.length > 0 || !adminGiven;
  return { variables: { ...used, ...given }, file: needed ? file : undefined };
}

function refusal(missing: string[]): SetupError {
  const lines = missing.map((name) => `  ${name}=…   (${required[name as keyof typeof required]})`);
  return new SetupError(
    "HOST is not this machine alone, so nothing may have a made-up secret. These are not set:",
    `${lines.join("\n")}\nMake each with \`openssl rand -base64 32\`, or leave HOST at 127.0.0.1.`,
  );
}

function readKept(file: string): Record<string, string> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  } catch (cause) {
    throw new SetupError(
      `${file} cannot be read.`,
      "Mend it, or remove it to get new secrets (people must then sign in again, and clients need the new token).",
      { cause },
    );
  }
}

function keep(file: string, secrets: Record<string, string>): void {
  const unfinished = temporaryBeside(file);
  writeFileSync(unfinished, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}

function without(record: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
