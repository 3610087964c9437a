import { z } from "zod";
import { jsonObject, timestamp } from "./shape";

/** One worker session: `lost` has not been heard of for longer than its lease. */
export const workerRow = z
  .object({
    worker_id: z.string(),
    session_id: z.string(),
    kind: z.enum(["own", "http"]),
    version: z.string().nullable().meta({
      description: "Of Batuta for its own workers; of the protocol for those over HTTP, null where they do not say",
    }),
    status: z.enum(["online", "draining", "lost"]),
    skills: z.array(z.string()),
    slots: z.number().int(),
    busy: z.number().int().meta({ description: "Tasks it has reported as started" }),
    waiting: z.number().int().meta({ description: "Tasks that were chosen for it and that it has not taken yet" }),
    reputation: z.number().nullable().meta({ description: "0 to 1; null for our own workers" }),
    trusted: z.boolean().meta({ description: "False: its reputation is below the threshold, and it is given nothing" }),
    beat: z.string().nullable().meta({ description: "The status that its last heartbeat told: idle, busy, full …" }),
    hot_skills: z.array(z.string()).meta({ description: "Skills that it has warm" }),
    cost_per_skill: z.record(z.string(), z.number()),
    resources: z
      .object({
        properties: z.record(z.string(), z.unknown()),
        devices: z.array(z.object({ type: z.string(), model: z.string().optional(), id: z.string().optional() })),
      })
      .nullable()
      .meta({ description: "What it tells of its machine; null: nothing" }),
    started_at: timestamp.nullable(),
    renewed_at: timestamp,
  })
  .meta({ id: "WorkerRow" });

const cardSkill = z.object({
  name: z.string(),
  type: z.string().optional(),
  version: z.string().optional(),
  description: z.string().optional(),
  properties: jsonObject.optional(),
  input_schema: jsonObject.optional(),
  output_schema: jsonObject.optional(),
  events_schema: jsonObject.optional(),
  output_statuses: z.array(z.string()).optional(),
});

/** The same with what it registered with, under the names of the reference. Tasks that it holds are counted, not named. */
export const workerRecord = workerRow
  .extend({
    worker_type: z.string(),
    supported_skills: z.array(cardSkill),
    hot_skills: z.array(z.string()),
    resources: jsonObject,
    installed_software: z.record(z.string(), z.string()),
    installed_artifacts: z.array(jsonObject),
    capabilities: z.object({ cost_per_skill: z.record(z.string(), z.number()), extra: jsonObject }),
    max_concurrent_tasks: z.number().int(),
    heartbeat_status: z.string().nullable().meta({ description: "What its last heartbeat said: idle, busy, full …" }),
    reputation: z.number().meta({ description: "0…1" }),
  })
  .meta({ id: "WorkerRecord" });

/** `GET /api/v1/workers/catalog`: what workers that are here can do, by skill. */
export const skillCatalogue = z
  .record(
    z.string(),
    z.object({
      contract: cardSkill.extend({
        base_price: z.number().optional().meta({ description: "The least that a provider asks for one task" }),
      }),
      providers_count: z.number().int(),
      worker_types: z.array(z.string()),
      average_reputation: z.number().meta({ description: "0…1, four decimals" }),
    }),
  )
  .meta({ id: "SkillCatalogue" });

const workerSlot = z.object({
  no: z.number().int(),
  isolation: z.enum(["thread", "process", "inline"]),
  status: z.enum(["starting", "idle", "running", "aborting", "killing", "zombie", "retiring", "dead"]).meta({
    description:
      "`aborting`: its task was told to stop; `zombie`: its task cannot be ended, and another slot took its place",
  }),
  task: z.string().nullable().meta({ description: "The task type that it runs" }),
  attempt_id: z.string().nullable().meta({ description: "`<job>.<task>.<hand-out>`" }),
  since: timestamp,
  tasks_done: z.number().int(),
  thread_id: z.number().int().nullable(),
  pid: z.number().int().nullable(),
  heap_mib: z.number().int().nullable(),
});

/** The threads and processes of one of our own workers, as of its last heartbeat. */
export const workerSlots = z
  .object({
    slots: z.array(workerSlot),
    kills: z
      .record(z.string(), z.number().int())
      .meta({ description: "Threads and processes that were ended, by reason" }),
    recycles: z.record(z.string(), z.number().int()).meta({ description: "Those replaced between tasks, by reason" }),
    zombies: z.number().int(),
    unavailable: z.string().nullable().meta({ description: "Why no slot can be started; null: they can" }),
  })
  .meta({ id: "WorkerSlots" });

/** `GET /api/v1/workers/{worker_id}` */
export const workerDetail = workerRecord
  .extend({
    runtime: workerSlots.nullable().meta({ description: "Null for workers over HTTP, and before the first heartbeat" }),
  })
  .meta({ id: "WorkerDetail" });

export const workerTask = z
  .object({
    task_id: z.string(),
    job_id: z.string(),
    blueprint_name: z.string(),
    task_type: z.string(),
    status: z.enum(["running", "waiting"]).meta({ description: "`waiting`: it was chosen, and has not taken it yet" }),
    attempt: z.number().int(),
    progress: z.number().nullable().meta({ description: "0…1" }),
    created_at: timestamp,
  })
  .meta({ id: "WorkerTask" });

export type WorkerRow = z.infer<typeof workerRow>;
export type WorkerRecord = z.infer<typeof workerRecord>;
export type SkillCatalogue = z.infer<typeof skillCatalogue>;
export type WorkerSlots = z.infer<typeof workerSlots>;
export type WorkerSlot = z.infer<typeof workerSlot>;
export type WorkerDetail = z.infer<typeof workerDetail>;
export type WorkerTask = z.infer<typeof workerTask>;
