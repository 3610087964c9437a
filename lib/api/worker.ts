import { z } from "zod";
import { timestamp } from "./shape";

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
    started_at: timestamp.nullable(),
    renewed_at: timestamp,
  })
  .meta({ id: "WorkerRow" });

export const workerTask = z
  .object({
    task_id: z.string(),
    job_id: z.string(),
    task_type: z.string(),
    attempt: z.number().int(),
    progress: z.number().nullable(),
    created_at: timestamp,
  })
  .meta({ id: "WorkerTask" });

export type WorkerRow = z.infer<typeof workerRow>;
export type WorkerTask = z.infer<typeof workerTask>;
