import { z } from "zod";
import { jobId, pageLimit, timestamp } from "./shape";

const uuid = (example: string) =>
  z
    .uuid({ error: ({ input }) => (input === undefined ? "is missing; send a UUID" : "must be a UUID") })
    .toLowerCase()
    .meta({ example });

export const DOCUMENT_STATUSES = ["pending", "processing", "ready", "failed"] as const;

/** A document that a `process_document` makes, or made, searchable in a workspace. */
export const documentRow = z
  .object({
    workspace_id: z.string(),
    document_id: z.string().meta({ description: "The file's id" }),
    job_id: jobId.meta({ description: "That processes it, or did last" }),
    name: z.string().nullable().meta({ description: "Of the file; null until it has been looked at" }),
    status: z.enum(DOCUMENT_STATUSES).meta({
      description: "`pending`: its task is not begun. `processing`: also between two attempts",
    }),
    reason: z.string().nullable().meta({ description: "Why it failed, or the last attempt did" }),
    chunks: z.number().int().nullable(),
    characters: z.number().int().nullable(),
    embedding_model: z.string().nullable().meta({ description: "Null: it is found by its words" }),
    updated_at: timestamp,
  })
  .meta({ id: "Document" });

export const documentQuery = z.object({
  workspace_id: uuid("00000000-0000-4000-8000-000000000000"),
  document_id: uuid("22222222-2222-4222-8222-222222222222").optional(),
  limit: pageLimit(100, 1_000),
  cursor: uuid("22222222-2222-4222-8222-222222222222").optional(),
});

export type DocumentRow = z.infer<typeof documentRow>;
