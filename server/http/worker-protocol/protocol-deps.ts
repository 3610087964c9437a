import type { JsonValue } from "@/lib/json";
import type { Log } from "@/server/log";
import type { Engine } from "@/server/turn/engine-contract";
import type { WorkerAuthentication } from "@/server/workers/authenticate-worker";
import type { HandOut } from "@/server/workers/hand-out";
import type { RecentEvents } from "@/server/workers/recent-events";
import type { RemoteWorkers } from "@/server/workers/remote-workers";
import type { ProgressRow } from "@/server/workers/task-progress";
import type { SignatureMode } from "./signature";

export interface AttemptName {
  jobId: string;
  no: number;
  fence: number;
}

/** What the worker protocol needs of its process; wired by `server/deps.ts`. */
export interface WorkerProtocolDeps {
  log: Log;
  engine: Pick<Engine, "apply">;
  handOut: HandOut;
  workers: RemoteWorkers;
  authentication: WorkerAuthentication;
  /** JSON value of a task's params; undefined when the task is gone. */
  taskParams: (jobId: string, no: number) => Promise<JsonValue | undefined>;
  /** The type of an attempt that is current, and the worker whose session runs it; null when it is not current. */
  holderOf: (attempt: AttemptName) => Promise<{ worker: string | null; type: string } | null>;
  recentEvents: RecentEvents;
  saveProgress: (rows: ProgressRow[]) => Promise<void>;
  signatureMode: SignatureMode;
  /** Signs for every worker, beside the token that a worker presents. */
  globalToken: string | null;
  /** A poll is held at most this long. */
  pollMs: number;
  leaseMs: number;
}
