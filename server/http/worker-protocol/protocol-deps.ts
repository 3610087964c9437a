import type { JsonValue } from "@/lib/json";
import type { Log } from "@/server/log";
import type { HandOutFacts } from "@/server/store/hand-out-facts";
import type { AttemptEnd } from "@/server/store/task-ends";
import type { Engine } from "@/server/turn/engine-contract";
import type { HandOut } from "@/server/workers/hand-out";
import type { RecentEvents } from "@/server/workers/recent-events";
import type { RemoteWorkers } from "@/server/workers/remote-workers";
import type { ProgressRow } from "@/server/workers/task-progress";
import type { CommandBus } from "./commands";
import type { PollPresence } from "./poll-presence";
import type { PollReplay } from "./poll-replay";
import type { ProtocolMetrics } from "./protocol-metrics";
import type { RecentResults } from "./recent-results";
import type { SkillsSync } from "./skills-sync";
import type { WorkerSockets } from "./web-socket";
import type { WorkerSecurity } from "./worker-security";

export interface AttemptName {
  jobId: string;
  no: number;
  fence: number;
}

/** What the worker protocol needs of its process; wired by `server/deps.ts`. */
export interface WorkerProtocolDeps {
  log: Log;
  metrics: ProtocolMetrics;
  engine: Pick<Engine, "apply">;
  handOut: HandOut;
  workers: RemoteWorkers;
  security: WorkerSecurity;
  presence: PollPresence;
  replay: PollReplay;
  skillsSync: SkillsSync;
  sockets: WorkerSockets;
  commands: CommandBus;
  /** JSON value of a task's params; undefined when the task is gone. */
  taskParams: (jobId: string, no: number) => Promise<JsonValue | undefined>;
  /** What the payload says of its job. */
  facts: (task: { jobId: string; no: number }) => Promise<HandOutFacts>;
  /** The type of an attempt that is current, and the worker whose session runs it; null when it is not current. */
  holderOf: (attempt: AttemptName) => Promise<{ worker: string | null; type: string } | null>;
  /** The task of this job that the worker has in hand, if that is one. */
  heldIn: (jobId: string, worker: string) => Promise<AttemptName | null>;
  /** How an attempt ended; null: it has not, or nobody knows of it. */
  endOf: (attempt: AttemptName) => Promise<AttemptEnd | null>;
  recentResults: RecentResults;
  recentEvents: RecentEvents;
  saveProgress: (rows: ProgressRow[]) => Promise<void>;
  /** Signs what is handed out; null: nothing is signed. */
  orchestratorSecret: string | null;
  /** A poll is held at most this long. */
  pollMs: number;
  leaseMs: number;
}
