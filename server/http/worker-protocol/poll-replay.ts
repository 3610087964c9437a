import { attemptIdOf } from "@/lib/job-event";
import type { NoticeBus, TaskMessage } from "@/server/queue/contract";
import { batched } from "@/server/workers/batched";
import type { RemoteSession } from "@/server/workers/remote-workers";
import type { HandedTask } from "@/server/workers/waiting-polls";

/** A poll that names itself may come again for its lost answer within this time; then its task goes to others. */
const ANSWER_KEPT_MS = 10_000;

export interface PollReplay {
  /** The task that this poll was given before, if the worker's session still holds it; at whichever process that was. */
  find(session: RemoteSession, requestId: string): Promise<HandedTask | null>;
  /** The answer did not arrive: the task is kept for the same poll a while before it is given back. */
  keep(task: HandedTask): void;
  /** A worker speaks of a task: if it is the one that was answered, the answer has arrived, whatever its connection did. */
  arrived(attemptId: string, worker: string): void;
  /** Gives back at once what is kept, and whatever comes later. */
  stop(): void;
}

/** Answers a poll that was sent again with what it was given the first time: the same attempt, and no other task. */
export function createPollReplay(deps: {
  read: (
    polls: { sessionId: string; requestId: string }[],
  ) => Promise<((Omit<TaskMessage, "sentAt"> & { poll: string }) | null)[]>;
  giveBack: (task: HandedTask) => void;
  notices: Pick<NoticeBus, "tell" | "on">;
  keptMs?: number;
}): PollReplay {
  const read = batched(deps.read);
  const kept = new Map<string, { task: HandedTask; timer: NodeJS.Timeout }>();
  let isStopped = false;

  function release(attemptId: string): void {
    const entry = kept.get(attemptId);
    if (entry) clearTimeout(entry.timer);
    kept.delete(attemptId);
  }

  deps.notices.on("replayed", release);
  return {
    async find(session, requestId) {
      const found = await read({ sessionId: session.id, requestId });
      if (!found) return null;
      const id = attemptIdOf(found.jobId, found.no, found.fence);
      release(id);
      deps.notices.tell("replayed", id);
      const { poll, ...message } = found;
      return { message: { ...message, sentAt: Date.now() }, worker: session.worker, sessionId: session.id, poll };
    },
    keep(task) {
      if (isStopped) return deps.giveBack(task);
      const { jobId, no, fence } = task.message;
      const id = attemptIdOf(jobId, no, fence);
      release(id);
      const timer = setTimeout(() => {
        kept.delete(id);
        deps.giveBack(task);
      }, deps.keptMs ?? ANSWER_KEPT_MS);
      timer.unref();
      kept.set(id, { task, timer });
    },
    arrived(attemptId, worker) {
      if (kept.get(attemptId)?.task.worker === worker) release(attemptId);
    },
    stop() {
      isStopped = true;
      for (const [id, { task }] of kept) {
        release(id);
        deps.giveBack(task);
      }
    },
  };
}
