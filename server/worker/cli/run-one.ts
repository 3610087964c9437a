import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import { readCommandConfig } from "@/server/config";
import { taskEnvironment } from "@/server/config/task-environment";
import { createLog } from "@/server/log";
import { openDatabase } from "@/server/store/database";
import { clientOfJob } from "@/server/store/reads/job-states";
import { OPERATORS_CLIENT_ID } from "@/server/store/schema/clients";
import { storesOf, tasksOf } from "../deps";
import { noStores } from "../no-stores";
import { openRuntime } from "../open-runtime";
import { type Command, UsageError } from "./words";

type RunCommand = Extract<Command, { name: "run" }>;

/**
 * Runs one task as a worker would, without a queue and without a job, and prints its outcome as one line of JSON on
 * standard output; log and progress go to standard error. Resolves with 0 when it succeeded, 1 when not.
 */
export async function runOne({ task: type, input, isolation, timeoutMs }: RunCommand): Promise<number> {
  const params = readInput(input);
  const { config, hasDatabase } = readCommandConfig();
  const write = (line: string) => process.stderr.write(`${line}\n`);
  const log = createLog({ ...config.log, hide: config.secrets, write });
  const tasks = await tasksOf(config);
  if (!tasks.find(type))
    throw new UsageError(`There is no task "${type}"; there are ${[...tasks.names].toSorted().join(", ")}`);
  const database = hasDatabase ? openDatabase(config.databaseUrl, { max: 2, name: "batuta worker run" }) : null;
  const runtime = openRuntime({
    tasks,
    slots: 1,
    place: { root: join(config.dataDir, "files"), operators: database && OPERATORS_CLIENT_ID },
    clientOf: database && ((jobId) => clientOfJob(database.pool, jobId)),
    stores: database ? storesOf(database, config) : noStores,
    environment: taskEnvironment(),
    log,
    registry: new Registry(),
  });
  try {
    const jobId = randomUUID();
    const run = runtime.run({
      jobId,
      taskId: `${jobId}.1.1`,
      attempt: 1,
      idempotencyKey: `${jobId}.1`,
      type,
      params,
      timeoutMs,
      isolation,
      onProgress: (fraction, message) => log.info("progress", { fraction, message }),
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => run.stop("cancelled"));
    const ended = await run.outcome;
    process.stdout.write(`${JSON.stringify(ended)}\n`);
    return ended.error || ended.outcome === "cancelled" ? 1 : 0;
  } finally {
    await runtime.close();
    await database?.close();
  }
}

/** The text of the parameters; throws a UsageError for what is no JSON object. */
function readInput(given: string): string {
  const text = given.startsWith("@") ? readInputFile(given.slice(1)) : given;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return text;
  } catch (error) {
    throw new UsageError(`--input is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new UsageError("--input is not a JSON object, as in '{\"n\": 3}'");
}

function readInputFile(path: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw new UsageError(`--input cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
