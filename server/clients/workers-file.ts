import { z } from "zod";
import { secretToken, shortText } from "@/lib/api/client";
import { skillList, workerOrPattern } from "@/lib/api/worker-token";
import { ENVIRONMENT_WORKER_TOKEN } from "./register-environment-tokens";
import { readTokenFile } from "./token-file";

/** A token of `workers.toml`. */
export interface WorkerEntry {
  name: string;
  tokenHash: Buffer;
  place: string;
  /** A worker's id, or a pattern. */
  worker: string;
  description: string | null;
  skills: string[] | null;
}

const PATTERN = "pattern:";

const entry = z.strictObject({
  token: secretToken,
  description: shortText(500).optional(),
  skills: skillList.optional(),
});

/** Reads `workers.toml`; throws a ConfigError that names every fault. */
export function readWorkersFile(path: string): WorkerEntry[] {
  return readTokenFile(path, "WORKERS_CONFIG_PATH", entry, faultOfName).map((one) => ({
    name: one.name,
    tokenHash: one.tokenHash,
    place: one.place,
    worker: workerOf(one.name),
    description: one.settings.description ?? null,
    skills: one.settings.skills ?? null,
  }));
}

function workerOf(name: string): string {
  return name.startsWith(PATTERN) ? name.slice(PATTERN.length) : name;
}

function faultOfName(name: string): string | null {
  if (name === ENVIRONMENT_WORKER_TOKEN) return "is a name that the system uses itself; choose another";
  const worker = workerOf(name);
  if (/[[\]]/.test(worker)) return "has brackets; a pattern knows * (any characters) and ? (one character) only";
  if (worker === name && /[*?]/.test(name)) return `is a pattern; write ["${PATTERN}${name}"]`;
  const read = workerOrPattern.safeParse(worker);
  return read.success ? null : `is no name for a worker: it ${read.error.issues[0]?.message}`;
}
