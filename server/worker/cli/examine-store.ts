import type { Config } from "@/server/config";
import { openDatabase } from "@/server/store/database";
import { openDatabaseProbe } from "@/server/store/database-probe";
import { readWaitingQueues, type WaitingQueue } from "@/server/store/reads/waiting-queues";
import { readWorkers } from "@/server/store/reads/worker-rows";
import { readTransport } from "@/server/store/transport";
import { type Finding, well, wrong } from "./finding";

const ANSWER_WITHIN_MS = 5_000;
/** Leases and due times are by the database's clock; logs and figures are by ours. */
const MOST_SKEW_MS = 2_000;

/** What the database says: whether it answers, its migrations and clock, who works, and which queues nobody listens to. */
export async function storeFindings(config: Config, hasDatabase: boolean): Promise<Finding[]> {
  if (!hasDatabase)
    return [wrong("database", "DATABASE_URL is not set", "set it to postgres://user:password@host:5432/batuta")];
  const probe = openDatabaseProbe(config.databaseUrl, { name: "batuta worker doctor", waitMs: ANSWER_WITHIN_MS });
  try {
    const began = Date.now();
    const answer = await probe.ask();
    const took = Date.now() - began;
    const findings = [well("database", `answers in ${took} ms`), clockFinding(answer.now - (began + took / 2))];
    const { missingMigrations: missing } = answer;
    if (missing.length > 0) {
      const fix = "start a web process of this release: it applies them";
      return [...findings, wrong("migrations", `not applied: ${missing.join(", ")}`, fix)];
    }
    return [...findings, well("migrations", "all that this release needs"), ...(await workFindings(config))];
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    const fix = "look at DATABASE_URL, the password in it, and the way to that host";
    return [wrong("database", `does not answer: ${message || code}`, fix)];
  } finally {
    await probe.close();
  }
}

function clockFinding(skewMs: number): Finding {
  const seconds = `${(Math.abs(skewMs) / 1_000).toFixed(1)} s`;
  if (Math.abs(skewMs) <= MOST_SKEW_MS) return well("clock", `${seconds} from the database's`);
  const says = `is ${seconds} ${skewMs > 0 ? "behind" : "ahead of"} the database's`;
  return wrong("clock", says, "set this machine's clock by NTP");
}

async function workFindings(config: Config): Promise<Finding[]> {
  const database = openDatabase(config.databaseUrl, { max: 1, name: "batuta worker doctor" });
  try {
    const { mode } = await readTransport(database);
    const live = (await readWorkers(database.pool)).filter(({ status }) => status === "online");
    const queues = await readWaitingQueues(database.pool);
    return [
      well("transport", `messages travel through ${mode === "redis" ? "Redis" : "Postgres"}`),
      well("workers", live.length === 0 ? "none is online" : `online: ${live.map((one) => one.worker_id).join(", ")}`),
      ...queueFindings(queues),
    ];
  } finally {
    await database.close();
  }
}

function queueFindings(queues: WaitingQueue[]): Finding[] {
  if (queues.length === 0) return [well("queues", "no task waits")];
  return queues.map((queue) => {
    const name = `queue ${queue.type}`;
    const says = `${queue.waiting} waiting, the oldest for ${Math.round((Date.now() - queue.oldestAt) / 1_000)} s`;
    if (queue.paused) return well(name, `${says}; it is paused`);
    if (queue.live > 0) return well(name, `${says}; served by ${queue.live}`);
    const fix = `start a worker that serves ${queue.type}: see WORKER_QUEUES and TASKS_DIR, or the name of the task`;
    return wrong(name, `nobody listens: ${says}`, fix);
  });
}
