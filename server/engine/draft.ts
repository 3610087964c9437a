import type { Actor } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import type { Job } from "./job";

/** A job before its first event: everything that the events don't say. */
export function newJob(facts: { id: string; clientId: number; blueprintId: number; input: JsonObject }): Job {
  const nobody: Actor = { kind: "engine", id: "" };
  return {
    id: facts.id,
    clientId: facts.clientId,
    blueprintId: facts.blueprintId,
    version: 0,
    status: "pending",
    paused: false,
    deferred: null,
    depth: 0,
    parent: null,
    priority: null,
    state: "",
    entry: 0,
    transitions: 0,
    input: facts.input,
    stateHistory: {},
    starter: nobody,
    client: null,
    metadata: null,
    webhookUrl: null,
    dispatchTimeoutMs: null,
    resultTimeoutMs: null,
    tasks: new Map(),
    fanOut: null,
    aggregation: null,
    aggregationNo: 0,
    approval: null,
    wait: null,
    child: null,
    timers: new Map(),
    heard: new Set(),
    forks: [],
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
  // Spelled out: a literal that begins with a spread of this many fields costs ten times as much, on every change.
  return {
    id: job.id,
    clientId: job.clientId,
    blueprintId: job.blueprintId,
    version: job.version,
    status: job.status,
    paused: job.paused,
    deferred: job.deferred,
    depth: job.depth,
    parent: job.parent,
    priority: job.priority,
    state: job.state,
    entry: job.entry,
    transitions: job.transitions,
    input: job.input,
    stateHistory: job.stateHistory,
    starter: job.starter,
    client: job.client,
    metadata: job.metadata,
    webhookUrl: job.webhookUrl,
    dispatchTimeoutMs: job.dispatchTimeoutMs,
    resultTimeoutMs: job.resultTimeoutMs,
    tasks: new Map(job.tasks),
    fanOut: job.fanOut && { ...job.fanOut, results: job.fanOut.results.slice() },
    aggregation: job.aggregation,
    aggregationNo: job.aggregationNo,
    approval: job.approval,
    wait: job.wait,
    child: job.child,
    timers: new Map(job.timers),
    heard: job.heard,
    forks: job.forks,
    lastDecision: job.lastDecision,
    previousState: job.previousState,
    action: job.action,
    handlerFailures: job.handlerFailures,
    result: job.result,
    error: job.error,
  };
}
