import { BlockRows } from "./block-columns";
import { type ClaimedTask, claimedBy, claimForWorker, giveBackClaimed, holdTasks } from "./claim";
import { claimPlaced, placedTaken } from "./claim-placed";
import type { Database } from "./database";
import { postponeChecks } from "./due";
import { insertSignals, SignalReader } from "./signals";

/** A message that failed may have arrived all the same: a moment later that can be seen. */
const CHECK_SOON_MS = 1_000;

const TASK_NAMES = {
  name: "task",
  columns: [
    ["job_id", "uuid"],
    ["no", "int"],
  ],
} as const;

const GONE = {
  name: "gone_tasks_1",
  text: `select not exists (select from tasks k where k.job_id = x.job_id and k.no = x.no) as gone
    from unnest($1::text::uuid[], $2::text::int[]) with ordinality as x(job_id, no, ord) order by x.ord`,
};

/** For each task, in order: true when it is no longer open. */
export async function goneTasks(database: Database, tasks: { jobId: string; no: number }[]): Promise<boolean[]> {
  if (tasks.length === 0) return [];
  const names = new BlockRows(TASK_NAMES);
  for (const { jobId, no } of tasks) names.add(jobId, jobId, no);
  const { rows } = await database.pool.query<{ gone: boolean }>({ ...GONE, values: names.parameters() });
  return rows.map((row) => row.gone);
}

/** The queue's door to Postgres (`PostgresQueueStore`). One per engine or worker: it remembers the signals under way. */
export function createQueueStore(database: Database) {
  const reader = new SignalReader(database);
  const sentNow = (tasks: ClaimedTask[]) => tasks.map((task) => ({ ...task, sentAt: Date.now() }));
  return {
    insertSignals: (signals: Parameters<typeof insertSignals>[1]) => insertSignals(database, signals),
    takeSignals: (lanes: number[], limit: number) => reader.take(lanes, limit),
    signalsSettled: (ids: string[]) => reader.settled(ids),
    releaseSignals: (ids: string[]) => reader.release(ids),
    removeSignals: (ids: string[]) => reader.remove(ids),
    async claimForWorker(types: string[], limit: number, sessionId: string) {
      return sentNow(await claimForWorker(database, types, limit, sessionId));
    },
    holdTasks: (sessionId: string, tasks: { jobId: string; no: number; fence: number }[]) =>
      holdTasks(database, sessionId, tasks),
    checkSoon: (tasks: { jobId: string; no: number }[]) => postponeChecks(database, tasks, CHECK_SOON_MS),
    claimedBy: async (sessionId: string) => sentNow(await claimedBy(database, sessionId)),
    async claimPlaced(sessionId: string, limit: number) {
      return sentNow(await claimPlaced(database, [{ sessionId, limit, types: null }], "own"));
    },
    placedTaken: async (sessionId: string) => sentNow(await placedTaken(database, sessionId)),
    async giveBackTasks(sessionId: string, tasks: { jobId: string; no: number; fence: number }[]) {
      await giveBackClaimed(database, sessionId, tasks);
    },
    goneTasks: (tasks: { jobId: string; no: number }[]) => goneTasks(database, tasks),
  };
}
