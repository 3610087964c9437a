import { z } from "zod";
import { clientName, secretToken, shortText, tokenSource } from "./client";
import { timestamp } from "./shape";

const id = "letters, digits, _ and -";

/** A worker's id, or a pattern of such with `*` (any characters) and `?` (one character). */
export const workerOrPattern = z
  .string("must be a text")
  .regex(/^[A-Za-z0-9_*?-]{1,128}$/, `must be a worker's id (${id}), or a pattern with * and ?`);

export const skillList = z
  .array(shortText(128), "must be a list")
  .min(1, "must name at least one skill; leave it out to allow all")
  .max(200, "must be at most 200");

const settings = {
  description: shortText(500).nullable().optional(),
  worker: workerOrPattern
    .nullable()
    .optional()
    .meta({ description: "The worker that may use it, or a pattern of such; null: any without a token of its own" }),
  skills: skillList.nullable().optional().meta({ description: "The only skills that it may be used for; null: any" }),
};

/** `POST /api/v1/worker-tokens` */
export const createWorkerTokenBody = z
  .strictObject({
    name: clientName,
    token: secretToken.optional().meta({ description: "Absent: one is made, and shown in this answer only" }),
    ...settings,
  })
  .meta({ id: "CreateWorkerToken" });

/** `PATCH /api/v1/worker-tokens/{token_id}`: what is absent stays. */
export const changeWorkerTokenBody = z
  .strictObject({ ...settings, disabled: z.boolean().optional() })
  .meta({ id: "ChangeWorkerToken" });

export const workerTokenRow = z
  .object({
    id: z.number().int(),
    name: z.string(),
    description: z.string().nullable(),
    source: tokenSource,
    worker: z.string().nullable(),
    skills: z.array(z.string()).nullable(),
    created_at: timestamp,
    disabled_at: timestamp.nullable(),
  })
  .meta({
    id: "WorkerTokenRow",
    description: "A token of remote workers; the token itself is known to its owner only",
  });

export const workerTokenWithToken = z
  .object({
    worker_token: workerTokenRow,
    token: z.string().nullable().meta({ description: "The token that was made, shown only now; null: it was given" }),
  })
  .meta({ id: "WorkerTokenWithToken" });

export type WorkerTokenRow = z.infer<typeof workerTokenRow>;
export type WorkerTokenWithToken = z.infer<typeof workerTokenWithToken>;
export type CreateWorkerTokenBody = z.infer<typeof createWorkerTokenBody>;
export type ChangeWorkerTokenBody = z.infer<typeof changeWorkerTokenBody>;
