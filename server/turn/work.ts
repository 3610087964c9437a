import type { MadeJob } from "@/server/engine/change";
import type { Job } from "@/server/engine/job";
import type { Signal } from "@/server/engine/signal";
import type { JobSubmission } from "@/server/engine/writes";
import type { RunnableBlueprint } from "./blueprint-source";
import type { ApplyResult, StartJobResult } from "./engine-contract";

/** A signal on its way through a lane. */
export interface Work {
  signal: Signal;
  /** What settles it in the queue; null when it came from this process. */
  receipt: string | null;
  /** Somebody in this process who waits for the outcome. */
  waiter: Waiter | null;
  /** Races lost so far. */
  lost: number;
  /** Left for long enough: when this engine cannot do it either, the job goes to quarantine. */
  hopeless?: boolean;
}

export interface Waiter {
  resolve(result: ApplyResult): void;
  reject(error: unknown): void;
  /** Epoch milliseconds after which the waiter is told of a failing database instead of waiting on. */
  giveUpAt: number;
}

/** What settles these in the queue. */
export function receiptsOf(works: Work[]): string[] {
  const receipts: string[] = [];
  for (const { receipt } of works) if (receipt !== null) receipts.push(receipt);
  return receipts;
}

/** A job to insert, with the copy to keep once it is committed. */
export interface Submission {
  submission: JobSubmission;
  job: Job;
  blueprint: RunnableBlueprint;
  /** Children that it starts at once; `submission.made` holds what they write, in the same order. */
  made: MadeJob[];
  /** Epoch milliseconds after which the caller is told of a failing database instead of waiting on. */
  giveUpAt: number;
  /** Set once its commit got no answer: which tasks were to go into the window. Before it is tried again it is looked for. */
  unsure?: Set<string>;
  resolve(result: StartJobResult): void;
  reject(error: unknown): void;
}
