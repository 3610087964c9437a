import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type TaskContext, TaskError } from "@/server/tasks/task-function";

/** How a service behaves that is only simulated. */
const simulation = z
  .object({
    delay_ms: z.int().min(0).max(60_000).default(2_000),
    /** Attempts that fail, and are tried again. */
    fail_times: z.int().min(0).max(100).default(0),
    /** What comes after those fails as well, and is not tried again. */
    fail_for_good: z.boolean().default(false),
  })
  .prefault({});

/** What the tasks of `premium_subscription` take. */
export const serviceInput = z.object({ user_id: z.string().min(1).max(200), simulate: simulation });

export type ServiceCall = z.output<typeof serviceInput>;

const STEPS = 10;

/**
 * Calls a service that does not exist: takes its time, fails as it is told to, and else gives an id that is the same on every
 * attempt, as a service does that knows idempotency keys. Stops at once when the attempt is aborted.
 */
export async function callService(
  service: string,
  idPrefix: string,
  { user_id, simulate }: ServiceCall,
  { attempt, idempotencyKey, signal, progress, log }: TaskContext,
): Promise<string> {
  const told = { service, user_id };
  log.info("calling the service", told);
  for (let step = 1; step <= STEPS; step += 1) {
    try {
      await sleep(simulate.delay_ms / STEPS, undefined, { signal });
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new TaskError("TRANSIENT_ERROR", `The call of the ${service} was stopped.`, { cause });
    }
    progress(step / STEPS);
  }
  if (attempt <= simulate.fail_times) {
    log.warn("the service did not answer", told);
    const count = `attempt ${attempt} of ${simulate.fail_times} that are to fail`;
    throw new TaskError("TRANSIENT_ERROR", `The ${service} did not answer, on purpose: ${count}.`);
  }
  if (simulate.fail_for_good) {
    log.error("the service refused", told);
    throw new TaskError("PERMANENT_ERROR", `The ${service} refused for good, on purpose.`);
  }
  const id = `${idPrefix}_${createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 24)}`;
  log.info("the service answered", { ...told, id });
  return id;
}
