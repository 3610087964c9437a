import type { JobStatus } from "@/lib/job-status";
import { approvalPolicy } from "@/server/engine/approval-policy";
import { maxAttempts } from "@/server/engine/backoff";
import type { CompiledBlueprint } from "@/server/engine/blueprint/compile";
import { exitsOf } from "@/server/engine/exits";
import type { Job } from "@/server/engine/job";
import { taskPolicy } from "@/server/engine/task-policy";

/** What a job's events say beside its rows. */
export interface Told {
  /** What it does or waits for, under a pause too. */
  status: JobStatus;
  /** Name of the signal that it waits for. */
  signal: string | null;
  /** Words that lead out of the current state, where somebody else than the engine ends it. */
  exits: string[];
  /** Whom the open approval is put to next when nobody decides. */
  nextEscalation: string[] | null;
  maxAttempts: ReadonlyMap<number, number>;
  concurrency: number | null;
  /** Of the current entry's handler. */
  handlerFailures: number;
}

/** Reads out of a folded job what an explanation needs. */
export function toldBy(job: Job, blueprint: CompiledBlueprint): Told {
  const { approval, fanOut } = job;
  const escalation = approval ? approvalPolicy(job, blueprint).escalate[approval.escalations] : undefined;
  const attempts = [...job.tasks.values()].map((task): [number, number] => [
    task.no,
    maxAttempts(taskPolicy(job, blueprint, task).spec.retry),
  ]);
  return {
    status: job.status,
    signal: job.wait?.signal ?? null,
    exits: Object.keys(exitsOf(job, blueprint)),
    nextEscalation: escalation?.to ?? null,
    maxAttempts: new Map(attempts),
    concurrency: fanOut && Number.isFinite(fanOut.concurrency) ? fanOut.concurrency : null,
    handlerFailures: job.handlerFailures,
  };
}
