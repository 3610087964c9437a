import { rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { tokenHash } from "@/server/clients/token-hash";
import { readConfig } from "@/server/config";
import { createHttpServer } from "@/server/http/serve";
import { startPostgres } from "@/server/local/postgres";
import { startRedis } from "@/server/local/redis";
import { createLog } from "@/server/log";
import { startProcess } from "@/server/start";
import { putClient } from "@/server/store/clients";
import { createReportWriter } from "@/server/store/reports";
import type { ReportSummary } from "@/server/tasks/document/report-summary";
import type { ReportToPublish } from "@/server/tasks/report-store";
import { makeRunFolder, removeAbandonedRunFolders } from "@/test/support/run-folder";
import { credentialsOf } from "./credentials";
import type { Credentials } from "./requests";

export interface FuzzSystem {
  address: string;
  credentials: Credentials;
  /** Lines of the log that tell of faults, newest last. */
  faults: string[];
  /** Publishes a report of the job, as only a task can. */
  publish(jobId: string): Promise<void>;
  stop(): Promise<void>;
}

const CLIENT_TOKEN = "client-token-of-the-fuzz-run-1234567890";
const WORKER_TOKEN = "worker-token-of-the-fuzz-run-1234567890";
const OTHER_TOKEN = "token-of-another-client-1234567890";
const ADMIN = { email: "ana@example.com", password: "correct horse battery" };

/**
 * A whole web process on a real Postgres and, where there is one, a real Redis, listening on a port of its own.
 * `processApiOpen`: processes are started without a token as well.
 */
export async function startFuzzSystem(
  say: (line: string) => void,
  { processApiOpen }: { processApiOpen: boolean },
): Promise<FuzzSystem> {
  await removeAbandonedRunFolders();
  const folder = makeRunFolder();
  const postgres = await startPostgres({ dataFolder: folder, durable: false, progress: say });
  const redis = await startRedis({ dataFolder: folder, persistent: false, progress: say });
  if ("reason" in redis) say(`no Redis: ${redis.reason}`);
  const config = readConfig({
    DATABASE_URL: postgres.url,
    ...("url" in redis ? { REDIS_URL: redis.url } : {}),
    BATUTA_DATA_DIR: join(folder, "data"),
    CLIENT_TOKEN,
    GLOBAL_WORKER_TOKEN: WORKER_TOKEN,
    BATUTA_ADMIN_EMAIL: ADMIN.email,
    BATUTA_ADMIN_PASSWORD: ADMIN.password,
    INSTANCE_ID: "fuzz",
    WORKER_SIGNATURE_MODE: "optional",
    WORKER_POLL_TIMEOUT_SECONDS: "1",
    RATE_LIMITING_ENABLED: "false",
    PROCESS_API_OPEN: String(processApiOpen),
    LOG_LEVEL: "error",
  });
  const faults: string[] = [];
  const log = createLog({
    ...config.log,
    hide: [],
    write: (line) => {
      if (faults.length < 200) faults.push(line);
    },
  });
  const deps = await startProcess(config, [], log);
  await putClient(deps.database, { name: "other", tokenHash: tokenHash(OTHER_TOKEN), scopes: ["jobs"] });
  const server = createHttpServer({
    config,
    fetch: (request, env) => deps.fetch(request, env),
    pages: null,
    workerDoor: deps.workerDoor,
    workerSockets: deps.workerSockets,
    log,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cookie = await signIn(address);
  return {
    address,
    credentials: credentialsOf({
      clientToken: CLIENT_TOKEN,
      workerToken: WORKER_TOKEN,
      otherToken: OTHER_TOKEN,
      cookie,
      origin: address,
    }),
    faults,
    async publish(jobId) {
      await createReportWriter(deps.database.db).publish(reportOf(jobId));
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      deps.workerSockets.stop();
      await deps.stop();
      if ("stop" in redis) await redis.stop();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function reportOf(jobId: string): ReportToPublish {
  const totals = { files: 1, pages: 1, characters: 40, chunks: 1, failed_chunks: 0, words: 8 };
  const summary: ReportSummary = { title: "Fuzz", totals, files: [] } as unknown as ReportSummary;
  async function* chunks() {
    yield {
      no: 0,
      fileName: "port.txt",
      page: 1,
      text: "Every fuzz pays at the berth.",
      language: "en",
      analysis: null,
    };
  }
  return { jobId, title: "Fuzz", summary, decidedBy: null, comment: null, chunks: chunks() };
}

async function signIn(address: string): Promise<string> {
  const answer = await fetch(`${address}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { origin: address, "content-type": "application/json" },
    body: JSON.stringify(ADMIN),
  });
  if (!answer.ok) throw new Error(`the sign-in was refused: ${await answer.text()}`);
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}
