/** One stop of the walk "Follow one job" in the README. */
export interface Stop {
  file: string;
  /** What the README says of it. */
  says: string;
  /** How the job gets here; null at the first stop. */
  reached: Reached | null;
}

/**
 * `by` is a word of the code of `from`, an earlier stop; `as` the word of this file that answers it (default: the same).
 * `through` is the file that declares or joins both, where they meet by contract and not by import.
 */
export interface Reached {
  from: string;
  by: string;
  as?: string;
  through?: string;
}

/** Follow one job: request → token → use case → engine → commit → stream → worker → result → live event → reducer → pixel. */
export const walk: readonly Stop[] = [
  {
    file: "server/http/routes/start-routes.ts",
    says: "`POST /api/v1/jobs/…` arrives: `startAtEndpoint` finds the blueprint of the endpoint and checks the body.",
    reached: null,
  },
  {
    file: "server/http/authenticate.ts",
    says: "The token becomes a caller with permissions: a client by `X-Client-Token`, a person by the session cookie.",
    reached: { from: "server/http/routes/start-routes.ts", by: "authenticate" },
  },
  {
    file: "server/jobs/start-job.ts",
    says: "The use case: checks the input against the blueprint's schema, charges the quota, and hands one request to the engine.",
    reached: {
      from: "server/http/routes/start-routes.ts",
      by: "startJobAs",
      as: "startJob",
      through: "server/jobs/start-job-as.ts",
    },
  },
  {
    file: "server/turn/engine.ts",
    says: "The one door: gives the job an id, lets `begin` decide its first change, and hands both to a lane.",
    reached: { from: "server/jobs/start-job.ts", by: "startJobs" },
  },
  {
    file: "server/engine/decide.ts",
    says: "The product, pure: job and signal in, the next job and its numbered events out.",
    reached: { from: "server/turn/engine.ts", by: "begin" },
  },
  {
    file: "server/turn/turn-lane.ts",
    says: "Whatever waits becomes one batch: load, decide, commit, send, settle. No timer makes batches.",
    reached: { from: "server/turn/engine.ts", by: "TurnLane" },
  },
  {
    file: "server/store/lane.ts",
    says: "The commit: one statement for the whole batch, guarded by each job's version. From here on it is remembered.",
    reached: { from: "server/turn/turn-lane.ts", by: "Lane" },
  },
  {
    file: "server/turn/send.ts",
    says: "After the commit, without waiting: the task to the queue, one line to those who watch.",
    reached: { from: "server/turn/turn-lane.ts", by: "send" },
  },
  {
    file: "server/queue/redis-engine-queue.ts",
    says: "The task's message goes into the Redis stream of its type; the row in Postgres stays the record.",
    reached: { from: "server/turn/send.ts", by: "announce" },
  },
  {
    file: "server/worker/consume.ts",
    says: "In the worker process: takes messages while it has room.",
    reached: {
      from: "server/queue/redis-engine-queue.ts",
      by: "announce",
      as: "take",
      through: "server/queue/contract.ts",
    },
  },
  {
    file: "server/worker/attempts.ts",
    says: "Runs the task function under its time limit and reports what it came to, as a signal with the attempt's fence.",
    reached: {
      from: "server/worker/consume.ts",
      by: "onTaken",
      as: "startWaiting",
      through: "server/worker/worker.ts",
    },
  },
  {
    file: "server/turn/signal-reader.ts",
    says: "Back at the engine: the result is handed to the job's lane, where the next turn decides the transition.",
    reached: {
      from: "server/worker/attempts.ts",
      by: "report",
      as: "takeSignals",
      through: "server/queue/contract.ts",
    },
  },
  {
    file: "server/http/live/live-hub.ts",
    says: "The line of the commit wakes the live hub, which sends the job's new events to every open stream (SSE).",
    reached: { from: "server/turn/send.ts", by: "publish", as: "subscribe", through: "server/queue/contract.ts" },
  },
  {
    file: "components/job/use-job.ts",
    says: "In the browser: takes events as they come, and fetches what is missing when their numbers show a gap.",
    reached: {
      from: "server/http/live/live-hub.ts",
      by: "LiveChange",
      as: "LiveProgress",
      through: "lib/api/live.ts",
    },
  },
  {
    file: "lib/apply-event.ts",
    says: "The reducer, pure: a job's view plus its next events is its next view.",
    reached: {
      from: "components/job/use-job.ts",
      by: "createHistoryStore",
      as: "applyEvents",
      through: "components/job/history-store.ts",
    },
  },
  {
    file: "components/job/graph-view.tsx",
    says: "The view laid over the blueprint's graph: the state's node turns green.",
    reached: { from: "lib/apply-event.ts", by: "JobView", as: "jobOverlay", through: "lib/graph/job-overlay.ts" },
  },
];
