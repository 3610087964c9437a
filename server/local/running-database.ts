import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "@/server/local/run-record";
import { readLocalSettings } from "@/server/local/settings";

/** Address of the database that the environment names, or of the one that `npm start` runs here; null without either. */
export function runningDatabaseUrl(env: NodeJS.ProcessEnv = process.env): string | null {
  const { databaseUrl, dataFolder } = readLocalSettings(env);
  return databaseUrl ?? runningSystem(dataFolder).databaseUrl ?? null;
}

/** What `npm start` wrote down of the system that runs with these data; empty when none does. */
export function runningSystem(dataFolder: string): Partial<RunRecord> {
  try {
    return JSON.parse(readFileSync(join(dataFolder, "run.json"), "utf8")) as Partial<RunRecord>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}
