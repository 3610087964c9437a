import { attemptIdOf } from "@/lib/job-event";
import type { AttemptName, WorkerProtocolDeps } from "./protocol-deps";

/** The type of an attempt and the worker that has it, as this process or else the database knows; null: it is not current. */
export async function holderOf(
  attempt: AttemptName,
  deps: Pick<WorkerProtocolDeps, "handOut" | "holderOf">,
): Promise<{ worker: string | null; type: string } | null> {
  const { jobId, no, fence } = attempt;
  const handed = deps.handOut.handedOut.holderOf(attemptIdOf(jobId, no, fence));
  return handed ? { worker: handed.worker, type: handed.message.type } : deps.holderOf({ jobId, no, fence });
}
