import type { Actor } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import type { Job } from "./job";

/** A job before its first event: everything that the events don't say. */
export function newJob(facts: { id: string; clientId: number; blueprintId: number; input: JsonObject }): Job {
  const nobody: Actor = { kind: "engine", id: "" };
  return {
    ...facts,
    version: 0,
    status: "pending",
    state: "",
    entry: 0,
    transitions: 0,
    stateHistory: {},
    starter: nobody,
    metadata: null,
    webhookUrl: null,
    dispatchTimeoutMs: null,
    resultTimeoutMs: null,
    tasks: new Map(),
    fanOut: null,
    aggregation: null,
    aggregationNo: 0,
    approval: null,
    timers: new Map(),
    lastDecision: null,
    previousState: null,
    action: null,
    handlerFailures: 0,
    result: null,
    error: null,
  };
}

/**
 * A copy that events may be applied to. Containers that `applyEvent` changes in place are copied; values inside them
 * (tasks, timers) are replaced, never changed, so that the original stays what it was and a difference is an identity check.
 */
export function draftOf(job: Job): Job {
  return {
    ...job,
    tasks: new Map(job.tasks),
    timers: new Map(job.timers),
    fanOut: job.fanOut && { ...job.fanOut, results: job.fanOut.results.slice() },
    approval: job.approval && { ...job.approval, votes: job.approval.votes.slice() },
  };
}
