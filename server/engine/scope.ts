import { taskIdOf } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import type { HandlerClient } from "./blueprint/handler";
import type { Surroundings } from "./change";
import type { ExpressionScope } from "./expression/scope";
import type { Job } from "./job";

/** The names that conditions and `${…}` of a job's blueprint may read. */
export function scopeOf(
  job: Job,
  around: Pick<Surroundings, "now">,
  extra?: { item: JsonValue; index: number },
): ExpressionScope {
  return {
    job_id: job.id,
    initial_data: job.input,
    state_history: job.stateHistory,
    get aggregation_results() {
      return aggregationResults(job);
    },
    get aggregation_list() {
      return aggregationList(job);
    },
    get client() {
      return { ...clientOf(job) };
    },
    error: job.error,
    now: around.now.getTime(),
    ...extra,
  };
}

/** What handlers and expressions are told of the client whose job it is. */
export function clientOf({ client, clientId, starter }: Pick<Job, "client" | "clientId" | "starter">): HandlerClient {
  return {
    id: clientId,
    name: starter.name ?? starter.id,
    plan: client?.plan ?? null,
    params: client?.params ?? {},
    config: client?.config ?? {},
  };
}

/** `{ <task id>: data }` of the last fan-out. */
export function aggregationResults(job: Job): JsonObject {
  const results: JsonObject = {};
  for (const [branch, result] of (job.aggregation ?? []).entries()) {
    results[taskIdOf(job.id, job.aggregationNo + branch)] = result.data;
  }
  return results;
}

/** `{ status, data, error }` per branch, in order. */
export function aggregationList(job: Job): JsonObject[] {
  return (job.aggregation ?? []).map((result) => ({ ...result }));
}
