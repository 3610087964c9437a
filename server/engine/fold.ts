import type { JobEvent } from "@/lib/job-event";
import { applyEvent } from "./apply";
import type { CompiledBlueprint } from "./blueprint/compile";
import type { Job } from "./job";

/** Brings a fresh job (`newJob`) to what its events say. Changes and returns `job`. */
export function fold(job: Job, events: JobEvent[], blueprint: CompiledBlueprint): Job {
  for (const event of events) applyEvent(job, event, blueprint);
  return job;
}
