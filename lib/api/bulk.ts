import { z } from "zod";
import { displayStatus, jobListQuery, jobRow, jobStatus } from "./job";
import { dataPatch, priority } from "./job-verb";
import { blueprintName, jobId, pageLimit, timestamp } from "./shape";

/** Bulk work: first a frozen selection to look at, then a job of its own that does one thing to each job of it. */

export const BULK_ACTIONS = ["cancel", "pause", "resume", "retry", "requeue", "give_up", "set_priority"] as const;
/** Jobs of one selection, at most. */
export const MAX_SELECTED = 100_000;
export const MAX_SELECTED_IDS = 20_000;
export const MAX_CANARIES = 1_000;

export const selectionId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "must be a selection's id");

export const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "must be a cluster's fingerprint")
  .meta({ description: "Names a cluster of quarantined jobs" });

const statusWord = z.union([jobStatus, displayStatus], { error: "must be statuses" });
const { from, to, q, parent } = jobListQuery.shape;

/** The filter of the job list as an object; every member narrows. */
export const selectionFilter = z
  .strictObject({
    status: z
      .union([
        z.array(statusWord).max(30),
        z
          .string()
          .transform((text) => text.split(",").filter((word) => word !== ""))
          .pipe(z.array(statusWord)),
      ])
      .optional()
      .meta({ description: "Statuses, as an array or joined by commas" }),
    blueprint: blueprintName.optional(),
    from,
    to,
    q,
    parent,
    labels: z.record(z.string().min(1).max(128), z.string().max(256)).optional(),
    fingerprint: fingerprint.optional(),
  })
  .meta({ id: "SelectionFilter" });

export const selectionBody = z
  .strictObject({
    filter: selectionFilter.optional(),
    ids: z
      .array(jobId)
      .min(1, "must name at least one job")
      .max(MAX_SELECTED_IDS, `must be at most ${MAX_SELECTED_IDS}`)
      .optional(),
  })
  .refine(({ filter, ids }) => (filter === undefined) !== (ids === undefined), {
    message: "Give either filter or ids",
    path: ["filter"],
  })
  .meta({ id: "Select" });

export const selectionAnswer = z
  .object({
    selection_id: selectionId,
    count: z.number().int(),
    sample: z.array(jobRow).meta({ description: "The newest few" }),
    truncated: z
      .boolean()
      .optional()
      .meta({ description: `True when more than ${MAX_SELECTED} jobs match: the newest of them are selected` }),
    expires_at: timestamp.meta({ description: "When it goes, unless it is used" }),
  })
  .meta({ id: "Selection" });

export const bulkBody = z
  .strictObject({
    selection_id: selectionId,
    action: z.enum(BULK_ACTIONS),
    patch: dataPatch.optional().meta({ description: "For requeue: the same for every job" }),
    reason: z.string().max(1000).optional(),
    priority: priority.optional().meta({ description: "For set_priority" }),
    canary: z
      .number()
      .int("must be a whole number")
      .min(0)
      .max(MAX_CANARIES, `must be at most ${MAX_CANARIES}`)
      .default(0)
      .meta({ description: "How many jobs are tried first; the rest waits until they have ended" }),
    continue: z.enum(["auto", "ask"]).default("auto").meta({
      description:
        "After the canaries: `auto` goes on when all of them ended well and stops otherwise, `ask` asks a person in any case",
    }),
  })
  .superRefine((body, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if ((body.priority === undefined) === (body.action === "set_priority"))
      fault("priority", body.priority === undefined ? "set_priority needs a priority" : "belongs to set_priority only");
    if (body.patch !== undefined && body.action !== "requeue") fault("patch", "belongs to requeue only");
  })
  .meta({ id: "StartBulk" });

export const bulkStarted = z
  .object({ job_id: jobId.meta({ description: "The bulk job" }) })
  .meta({ id: "BulkStarted" });

export const BULK_OUTCOMES = ["ok", "skipped", "failed"] as const;

export const bulkItem = z
  .object({
    job_id: jobId,
    outcome: z.enum(BULK_OUTCOMES).meta({ description: "`skipped`: the job was not in a state for it" }),
    reason: z.string().nullable(),
    canary: z.boolean(),
  })
  .meta({ id: "BulkItem" });

/** `undecided`: some have not come to a stop within the time that is waited for them. */
export const CANARY_VERDICTS = ["well", "badly", "undecided"] as const;

export const bulkCanary = z
  .object({
    wanted: z.number().int(),
    done: z.number().int().meta({ description: "Canaries that the action was done to" }),
    ended_well: z.number().int(),
    ended_badly: z.number().int().meta({ description: "Failed, cancelled, or in quarantine again" }),
    under_way: z.number().int(),
    verdict: z.enum(CANARY_VERDICTS).nullable(),
    job_ids: z.array(jobId).meta({ description: "The first twenty" }),
  })
  .meta({ id: "BulkCanary" });

export const BULK_PHASES = ["starting", "canary", "watching", "asking", "working", "done", "stopped"] as const;

export const bulkReport = z
  .object({
    job_id: jobId,
    status: jobStatus,
    action: z.enum(BULK_ACTIONS),
    phase: z.enum(BULK_PHASES),
    total: z.number().int(),
    done: z.number().int(),
    ok: z.number().int(),
    skipped: z.number().int(),
    failed: z.number().int(),
    canary: bulkCanary.nullable(),
    message: z.string().nullable().meta({ description: "Why it stopped before the end" }),
    items: z.array(bulkItem).meta({ description: "Jobs that are done with, in their order" }),
    next: z.string().nullable().meta({ description: "`cursor` of the next page of items; null on the last" }),
  })
  .meta({ id: "BulkReport" });

export const bulkReportQuery = z.object({
  outcome: z.enum(BULK_OUTCOMES).optional(),
  limit: pageLimit(100, 1000),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, "is not a cursor of this list")
    .optional(),
});

export type BulkAction = (typeof BULK_ACTIONS)[number];
export type BulkOutcome = (typeof BULK_OUTCOMES)[number];
export type BulkPhase = (typeof BULK_PHASES)[number];
export type BulkItem = z.infer<typeof bulkItem>;
export type BulkCanary = z.infer<typeof bulkCanary>;
export type CanaryVerdict = (typeof CANARY_VERDICTS)[number];
export type BulkBody = z.infer<typeof bulkBody>;
export type BulkReport = z.infer<typeof bulkReport>;
export type SelectionFilter = z.infer<typeof selectionFilter>;
export type SelectionBody = z.input<typeof selectionBody>;
export type SelectionAnswer = z.infer<typeof selectionAnswer>;
