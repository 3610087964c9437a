import { parseAttemptId } from "@/lib/job-event";
import type { NoticeBus } from "@/server/queue/contract";
import type { EndedAttempt } from "@/server/turn/ended-attempts";
import type { HandedOut } from "@/server/workers/handed-out";
import type { CommandBus, LocalSockets } from "./commands";

/**
 * Tells workers through their WebSockets to stop what was taken from them: a task that was cancelled, ran too long or
 * was given to others. Where the job does not know the worker yet, the process that handed the task out does.
 */
export function cancelEnded(
  notices: Pick<NoticeBus, "on">,
  handedOut: Pick<HandedOut, "holderOf" | "forget">,
  sockets: Pick<LocalSockets, "send">,
  commands: Pick<CommandBus, "send">,
): void {
  notices.on("ended", (text) => {
    for (const [id, worker] of JSON.parse(text) as EndedAttempt[]) {
      const handed = handedOut.holderOf(id);
      if (handed) handedOut.forget(id);
      const jobId = parseAttemptId(id)?.jobId;
      const command = { command: "cancel_task", task_id: id, ...(jobId ? { job_id: jobId } : {}) };
      // Every process hears of an attempt whose worker is named, and the one with the connection acts.
      if (worker !== null) sockets.send(worker, command);
      else if (handed) commands.send(handed.worker, command);
    }
  });
}
