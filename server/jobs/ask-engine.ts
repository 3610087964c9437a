import type { JobStatus } from "@/lib/job-status";
import type { OperatorSignal, Signal } from "@/server/engine/signal";
import type { Engine } from "@/server/turn/engine-contract";
import { ignoredRefusal } from "./refusal";

/** A job after what was asked of it: the number of its last event, and where it stands. */
export interface JobNow {
  version: number;
  status: JobStatus;
  state: string;
}

/**
 * Asks a job for something; it is committed when this resolves. Throws the refusal (`refusal.ts`) when the job is not in a
 * state for it: 409, with where it stands in the details.
 */
export async function askEngine(
  engine: Engine,
  signal: OperatorSignal | Extract<Signal, { kind: "signal_sent" }>,
): Promise<JobNow> {
  const result = await engine.apply(signal);
  if (!result.applied) throw ignoredRefusal(result.reason, result);
  const { version, status, state } = result;
  return { version, status, state };
}

/** The reason as a member, or none: events leave out what was not said. */
export function because(reason: string | undefined): { reason?: string } {
  return reason ? { reason } : {};
}
