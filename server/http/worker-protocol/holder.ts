import { attemptIdOf } from "@/lib/job-event";
import type { AttemptName, WorkerProtocolDeps } from "./protocol-deps";

/** The type of an attempt and the worker that has it; null: its session is none of a remote worker. */
export interface Holder {
  worker: string | null;
  type: string;
}

/** Who holds an attempt, as this process or else the database knows; null: it is not current. */
export function holderOf(
  attempt: AttemptName,
  deps: Pick<WorkerProtocolDeps, "handOut" | "holderOf">,
  attemptId = attemptIdOf(attempt.jobId, attempt.no, attempt.fence),
): Holder | null | Promise<Holder | null> {
  const handed = deps.handOut.handedOut.holderOf(attemptId);
  if (handed) return { worker: handed.worker, type: handed.message.type };
  const { jobId, no, fence } = attempt;
  return deps.holderOf({ jobId, no, fence });
}
