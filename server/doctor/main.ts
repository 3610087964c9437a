import { parseArgs } from "node:util";
import { runningDatabaseUrl } from "@/server/local/running-database";
import { openDatabase } from "@/server/store/database";
import { examine } from "./examine";
import { printed } from "./print";
import { storedBlueprints } from "./stored-blueprints";

const USAGE = `Usage: npm run doctor -- [--all] [--json] [--limit SECONDS]

Checks the invariants of the jobs in the database (DATABASE_URL, or that of \`npm start\` in this folder). Only reads.
  --all      fold every job, not a sample of a thousand
  --json     print the examination as JSON
  --limit    stop after so many seconds (60)
Ends with 0 when nothing is wrong, 1 when something is, 2 when it could not look at everything.`;

/** `npm run doctor`. */
async function main(): Promise<number> {
  const options = { all: { type: "boolean" }, json: { type: "boolean" }, limit: { type: "string" } } as const;
  const { values } = parseArgs({ options: { ...options, help: { type: "boolean" } } });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const seconds = Number(values.limit ?? "60");
  if (!(seconds > 0)) throw new Error(`--limit is "${values.limit}"; give a number of seconds above 0.`);
  const url = runningDatabaseUrl();
  if (url === null) {
    throw new Error("No database to look at: set DATABASE_URL, or run this where `npm start` runs (BATUTA_DATA_DIR).");
  }
  const database = openDatabase(url, { max: 2, name: "batuta doctor" });
  try {
    const blueprints = storedBlueprints(database);
    const examination = await examine(database, { blueprints, all: values.all, limitMs: seconds * 1000 });
    process.stdout.write(`${values.json ? JSON.stringify(examination) : printed(examination)}\n`);
    if (examination.violations > 0) return 1;
    return examination.complete ? 0 : 2;
  } finally {
    await database.close();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(`The doctor could not look: ${error instanceof Error ? error.message || String(error) : error}`);
    process.exitCode = 2;
  },
);
