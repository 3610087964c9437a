import type { StartJobBody } from "@/lib/api/start-job";
import { SINGLE_TASK_BLUEPRINT } from "@/lib/blueprint/names";
import type { JsonObject } from "@/lib/json";
import type { Catalogue, StoredBlueprint } from "@/server/catalogue/catalogue";
import { type JobQuota, NO_QUOTA } from "@/server/clients/quota";
import type { Engine } from "@/server/turn/engine-contract";
import { type JobOrder, startJob } from "./start-job";
import type { TaskOrder } from "./task-blueprint";

/** What the job is started with beside its task. */
export type TaskJobOptions = Omit<StartJobBody, "initial_data">;

export interface EnqueueParts {
  engine: Engine;
  catalogue: Pick<Catalogue, "head">;
}

/** One task as a job: what the task is, what the job is started with besides, and for whom. */
export interface EnqueueOrder extends Pick<JobOrder, "clientId" | "starter" | "client" | "idempotencyKey" | "trace"> {
  order: TaskOrder;
  options?: TaskJobOptions;
}

/**
 * Makes a job of one task; it is committed when this resolves. Whether anybody can do the task is not asked here: see
 * `KnownTasks`. Refused as `startJob` refuses.
 */
export async function enqueueTask(
  parts: EnqueueParts,
  { order, options = {}, ...whose }: EnqueueOrder,
  quota: JobQuota = NO_QUOTA,
): Promise<{ jobId: string; replayed: boolean }> {
  return startJob(parts.engine, { ...whose, ...(await taskJob(parts, order, options)) }, quota);
}

/** What a job of one task is made of. Its blueprint is the system's own, not shared: as a blueprint no client starts it. */
export async function taskJob(
  { catalogue }: Pick<EnqueueParts, "catalogue">,
  order: TaskOrder,
  options: TaskJobOptions,
): Promise<{ blueprint: StoredBlueprint; body: StartJobBody; ownOnly: false }> {
  const blueprint = await catalogue.head(SINGLE_TASK_BLUEPRINT);
  if (!blueprint) throw new Error(`the blueprint ${SINGLE_TASK_BLUEPRINT} is not stored`);
  const given = Object.entries(order).filter(([, value]) => value !== undefined);
  return { blueprint, body: { ...options, initial_data: Object.fromEntries(given) as JsonObject }, ownOnly: false };
}
