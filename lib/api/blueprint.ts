import { z } from "zod";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { laidOutGraph } from "./graph";
import { jsonObject, pageLimit, timestamp } from "./shape";

const document = z
  .record(z.string(), z.unknown())
  .meta({ description: "The blueprint document" }) as unknown as z.ZodType<BlueprintDocument>;

export const blueprintRow = z
  .object({
    name: z.string(),
    version: z.number().int(),
    hash: z.string(),
    description: z.string().nullable(),
    api_endpoint: z.string().meta({ description: "Path that starts a job, as in `/api/v1/jobs/video`" }),
    origin: z.enum(["code", "upload"]),
    shared: z.boolean(),
    states: z.number().int(),
    task_types: z.array(z.string()),
    created_at: timestamp,
    created_by: z.string().nullable(),
    versions: z.number().int(),
    open_jobs: z.number().int(),
    jobs_24h: z.number().int(),
    failed_24h: z.number().int(),
  })
  .meta({ id: "BlueprintRow" });

export const blueprintDetail = blueprintRow
  .extend({ blueprint_id: z.number().int(), input_schema: jsonObject.nullable(), document })
  .meta({ id: "BlueprintDetail" });

export const blueprintVersion = z
  .object({
    name: z.string(),
    version: z.number().int(),
    hash: z.string(),
    origin: z.enum(["code", "upload"]),
    created_at: timestamp,
    created_by: z.string().nullable(),
    open_jobs: z.number().int(),
    jobs: z.number().int(),
    current: z.boolean(),
  })
  .meta({ id: "BlueprintVersion" });

export const putBlueprintAnswer = z
  .object({
    status: z.enum(["created", "unchanged"]),
    name: z.string(),
    version: z.number().int(),
    hash: z.string(),
    api_endpoint: z.string(),
  })
  .meta({ id: "BlueprintStored" });

export const deleteVersionAnswer = z
  .object({
    status: z.literal("deleted"),
    name: z.string(),
    version: z.number().int(),
    current_version: z.number().int().nullable().meta({ description: "What new jobs get now; null: none is left" }),
  })
  .meta({ id: "BlueprintVersionDeleted" });

export const blueprintListQuery = z.object({ limit: pageLimit(200, 500) });
export const blueprintVersionQuery = z.object({
  version: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
});

/** `GET /api/v1/jobs/{id}/graph`: the job's pinned version, drawn. */
export const jobGraph = z.object({ job_id: z.string(), document, graph: laidOutGraph }).meta({ id: "JobGraph" });

export type BlueprintRow = z.infer<typeof blueprintRow>;
export type BlueprintDetail = z.infer<typeof blueprintDetail>;
export type BlueprintVersion = z.infer<typeof blueprintVersion>;
export type DeleteVersionAnswer = z.infer<typeof deleteVersionAnswer>;
export type PutBlueprintAnswer = z.infer<typeof putBlueprintAnswer>;
export type JobGraph = z.infer<typeof jobGraph>;
