import type { JsonObject } from "@/lib/json";

/**
 * What a worker tells of itself when it registers, beyond the names of its skills: what the dispatcher compares with the
 * requirements of tasks. Every version of the protocol is read into this one shape, which is stored with the session.
 */
export interface WorkerCard {
  /** What kind of worker it calls itself; absent: it did not say. */
  worker_type?: string;
  /** By the name of the skill. */
  skills: Record<string, SkillCard>;
  resources: { properties: JsonObject; devices: DeviceCard[] };
  software: Record<string, string>;
  artifacts: ArtifactCard[];
  /** `capabilities.extra`, and the members of an old `capabilities` without a meaning of their own. */
  extra: JsonObject;
  /** What one task of a skill costs; a skill without a price is dearer than any. */
  costPerSkill: Record<string, number>;
  /** Tasks at once; absent: it did not say. */
  slots?: number;
}

export interface SkillCard {
  type?: string;
  version?: string;
  properties?: JsonObject;
  input_schema?: JsonObject;
  /** Custom outcomes it may answer with; absent: any. */
  output_statuses?: string[];
}

export interface DeviceCard {
  type: string;
  model?: string;
  id?: string;
  properties?: JsonObject;
}

export interface ArtifactCard {
  name: string;
  version?: string;
  type?: string;
  properties?: JsonObject;
}

/** A registered worker as the dispatcher sees it. */
export interface KnownWorker {
  /** Id of its session. */
  session: string;
  worker: string;
  /** Remote, or one of our own processes. */
  kind: "http" | "own";
  skills: ReadonlySet<string>;
  hot: ReadonlySet<string>;
  card: WorkerCard;
  /** Tasks at once; 0: it did not say. */
  slots: number;
  draining: boolean;
  /** The status of its last heartbeat; null: it told none. */
  beat: string | null;
  /** 0…1 */
  reputation: number;
}

/** What a task asks of its worker; stored as `tasks.requirements`. */
export interface PlacementWish {
  /** As the blueprint document has it (`lib/blueprint/document`, `TaskRequirements`). */
  requirements?: JsonObject;
  max_cost?: number;
  strategy?: string;
  skill_version?: string;
  skill_type?: string;
  /** Outcomes with a transition of their own: success, failure and cancelled left out. */
  outcomes?: string[];
}
