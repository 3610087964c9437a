import type { WorkerSlots } from "@/lib/api/worker";
import type { SlotState } from "./bridge/executor";
import type { TaskRuntime } from "./task-runtime";

const MIB = 1024 * 1024;
/** Of the busiest kinds first; a heartbeat is small. */
const MOST_SLOTS = 100;

/** What a worker tells of its slots with its heartbeat. */
export function workerSlots(runtime: Pick<TaskRuntime, "slots" | "stats">): WorkerSlots {
  const stats = Object.values(runtime.stats());
  return {
    slots: runtime.slots().slice(0, MOST_SLOTS).map(slotOf),
    kills: sumOf(stats.map(({ kills }) => kills)),
    recycles: sumOf(stats.map(({ recycles }) => recycles)),
    zombies: stats.reduce((sum, { zombies }) => sum + zombies, 0),
    unavailable: stats.find(({ unavailable }) => unavailable !== null)?.unavailable ?? null,
  };
}

function slotOf(slot: SlotState): WorkerSlots["slots"][number] {
  const { no, isolation, status, task, executionId, since, tasksDone, threadId, pid, heapBytes } = slot;
  return {
    no,
    isolation,
    status,
    task,
    attempt_id: executionId,
    since: new Date(since).toISOString(),
    tasks_done: tasksDone,
    thread_id: threadId,
    pid,
    heap_mib: heapBytes === null ? null : Math.round(heapBytes / MIB),
  };
}

function sumOf(counts: Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [reason, count] of counts.flatMap((each) => Object.entries(each)))
    if (count > 0) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
