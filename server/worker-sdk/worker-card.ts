import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json";
import type { Json } from "./orchestrator";
import type { WorkerOptions } from "./worker-options";

/** What a worker tells of itself when it registers, in the words of the protocol. */
export function registrationOf(
  options: WorkerOptions,
  hostname: string,
  concurrency: number,
  hotSkills: readonly string[],
  hash: string,
): Json {
  return {
    worker_id: options.workerId,
    worker_type: options.workerType ?? "generic",
    supported_skills: options.skills.map(({ card }) => card),
    available_skills: options.skills.map(({ name }) => name),
    hot_skills: hotSkills,
    resources: options.resources,
    installed_software: options.installedSoftware,
    installed_artifacts: options.installedArtifacts,
    capabilities: {
      hostname,
      cost_per_skill: costsOf(options),
      extra: { ...options.extra, websockets: options.websocket ?? true, max_concurrent_tasks: concurrency },
    },
    max_concurrent_tasks: concurrency,
    skills_hash: hash,
  };
}

/** Changes when what the worker offers changes. */
export function skillsHash(options: WorkerOptions): string {
  const offer = { skills: options.skills.map(({ card }) => card), costs: costsOf(options), extra: options.extra ?? {} };
  const plain: unknown = JSON.parse(JSON.stringify(offer));
  return createHash("sha256").update(canonicalJson(plain)).digest("hex");
}

function costsOf({ skills }: WorkerOptions): Record<string, number> {
  return Object.fromEntries(skills.flatMap(({ name, cost }) => (cost === undefined ? [] : [[name, cost]])));
}
