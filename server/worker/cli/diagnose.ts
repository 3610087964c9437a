import { type Config, ConfigError, readCommandConfig } from "@/server/config";
import { openRedisPulse } from "@/server/queue/redis-pulse";
import { isConfigFault } from "@/server/start-fault";
import { tasksOf } from "../deps";
import { PROBE_WAIT_MS } from "../observation";
import { servedTasks } from "../served-queues";
import { orchestratorFinding } from "./examine-orchestrator";
import { portFindings } from "./examine-port";
import { storeFindings } from "./examine-store";
import { type Finding, well, writtenFindings, wrong } from "./finding";

/** Looks for what keeps tasks from being run and prints what it found. Resolves with 0 when nothing is wrong, 1 else. */
export async function diagnose({ json }: { json: boolean }): Promise<number> {
  const findings = await examineAll();
  const ok = findings.every((finding) => finding.ok);
  process.stdout.write(`${json ? JSON.stringify({ ok, findings }) : writtenFindings(findings)}\n`);
  return ok ? 0 : 1;
}

async function examineAll(): Promise<Finding[]> {
  const read = readOrFaults();
  if ("faults" in read) return read.faults.map((fault) => wrong("configuration", fault, "docs/configuration.md"));
  const { config, hasDatabase } = read;
  const { remoteWorker } = config;
  const parts = await Promise.all([
    ...(remoteWorker
      ? [orchestratorFinding(remoteWorker)]
      : [storeFindings(config, hasDatabase), redisFindings(config)]),
    queueFindings(config),
    portFindings(config),
  ]);
  return [well("configuration", "can be read"), ...parts.flat(), metricsFinding(config)];
}

function readOrFaults(): ReturnType<typeof readCommandConfig> | { faults: string[] } {
  try {
    return readCommandConfig();
  } catch (error) {
    if (error instanceof ConfigError) return { faults: error.faults };
    throw error;
  }
}

async function redisFindings({ redisUrl: url, redisPrefix: prefix }: Config): Promise<Finding[]> {
  if (url === null) return [well("redis", "is not used: REDIS_URL is not set, the queue runs on Postgres")];
  const troubles: string[] = [];
  const pulse = openRedisPulse({
    url,
    prefix,
    onTrouble: (_what, error) => troubles.push(error instanceof Error ? error.message : String(error)),
  });
  try {
    const began = performance.now();
    const { answers } = await pulse.beat(2 * PROBE_WAIT_MS);
    if (answers) return [well("redis", `answers in ${Math.round(performance.now() - began)} ms`)];
    const why = troubles.find((text) => text !== "") ?? "no answer";
    return [
      wrong("redis", `does not answer: ${why}`, "look at REDIS_URL, the password in it, and the way to that host"),
    ];
  } finally {
    pulse.close();
  }
}

/** Whether `WORKER_QUEUES` and the tasks of `TASKS_DIR` fit together. */
async function queueFindings(config: Config): Promise<Finding[]> {
  try {
    const served = servedTasks(await tasksOf(config), config.worker.queues);
    return [well("served", `a worker of this configuration serves ${served.names.toSorted().join(", ")}`)];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => wrong("served", fault, "mend WORKER_QUEUES"));
    if (isConfigFault(error)) return [wrong("served", error.message, "mend the files in TASKS_DIR")];
    throw error;
  }
}

function metricsFinding({ metricsRequireAuth, metricsToken }: Config): Finding {
  if (!metricsRequireAuth) return well("metrics", "are open to all who reach the port (METRICS_REQUIRE_AUTH is false)");
  if (metricsToken !== null) return well("metrics", "want METRICS_TOKEN");
  return wrong(
    "metrics",
    "are closed to everybody (403): METRICS_REQUIRE_AUTH is true and there is no key",
    "set METRICS_TOKEN, or METRICS_REQUIRE_AUTH=false",
  );
}
