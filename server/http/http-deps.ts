import type { ReadyAnswer } from "@/lib/api/system";
import type { Catalogue } from "@/server/catalogue/catalogue";
import type { ClientDirectory } from "@/server/clients/client-directory";
import type { Config } from "@/server/config";
import type { Embedder } from "@/server/documents/embedder";
import type { BlobStore } from "@/server/files/blob-store";
import type { FileLinks } from "@/server/files/file-links";
import type { JobFiles } from "@/server/files/job-files";
import type { GuessGuard } from "@/server/limits/guess-guard";
import type { RateLimits } from "@/server/limits/rate-limits";
import type { Log } from "@/server/log";
import type { Metrics } from "@/server/metrics";
import type { Operators } from "@/server/operators/operators";
import type { NoticeBus } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import type { Engine } from "@/server/turn/engine-contract";
import type { LiveHub } from "./live/live-hub";
import type { WebProbes } from "./web-probes";
import type { CommandBus } from "./worker-protocol/commands";

/** What the API needs of its process; wired by `server/deps.ts`. */
export interface HttpDeps {
  config: Config;
  log: Log;
  metrics: Metrics;
  database: Database;
  engine: Engine;
  files: BlobStore;
  jobFiles: JobFiles;
  fileLinks: FileLinks;
  /** Empties the queue's own keys of Redis and says how many there were; null without Redis. */
  flushQueue: (() => Promise<number>) | null;
  clients: ClientDirectory;
  notices: NoticeBus;
  operators: Operators;
  catalogue: Catalogue;
  /** Makes the vectors of questions; null: search is one of words. */
  embedder: Embedder | null;
  live: LiveHub;
  /** Commands to remote workers. */
  workerCommands: CommandBus;
  /** How much of whom is heard; null: no limits. */
  limits: RateLimits | null;
  guard: GuessGuard | null;
  /** What the first account needs beside its own data; null where none is asked for. */
  setupToken: string | null;
  /** What runs on its second choice, in words; asks nobody. */
  degraded(): string[];
  /** What the probes say, check by check. */
  probes: Pick<WebProbes, "liveness" | "readiness">;
  /** Part → `ok`, or what is wrong; and what runs on its second choice, in words. */
  health(): Promise<Omit<ReadyAnswer, "ok">>;
}
