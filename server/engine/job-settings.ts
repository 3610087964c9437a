import type { Actor, EventData } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";

/** What the starter of a job says about it. */
export interface JobSettings {
  starter: Actor;
  client?: EventData["job_created"]["client"];
  metadata?: JsonObject;
  webhookUrl?: string;
  dispatchTimeoutMs?: number;
  resultTimeoutMs?: number;
  trace?: Record<string, string>;
  /** Of all its tasks, in place of what their states say. */
  priority?: number;
  parent?: EventData["job_created"]["parent"];
  forkedFrom?: EventData["job_created"]["forked_from"];
}

/** The first event's data. */
export function createdBy(settings: JobSettings): EventData["job_created"] {
  return {
    starter: settings.starter,
    client: settings.client,
    metadata: settings.metadata,
    webhook_url: settings.webhookUrl,
    dispatch_timeout: seconds(settings.dispatchTimeoutMs),
    result_timeout: seconds(settings.resultTimeoutMs),
    trace: settings.trace,
    priority: settings.priority,
    parent: settings.parent,
    forked_from: settings.forkedFrom,
  };
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
