import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readLocalSettings } from "@/server/local/settings";

/** Address of the database that the environment names, or of the one that `npm start` runs here; null without either. */
export function runningDatabaseUrl(env: NodeJS.ProcessEnv = process.env): string | null {
  const { databaseUrl, dataFolder } = readLocalSettings(env);
  if (databaseUrl !== undefined) return databaseUrl;
  try {
    const record = JSON.parse(readFileSync(join(dataFolder, "run.json"), "utf8")) as { databaseUrl?: string };
    return record.databaseUrl ?? null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
