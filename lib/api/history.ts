import { z } from "zod";
import { EVENT_KIND, type EventKind } from "@/lib/job-event";
import { contextSnapshot } from "./job-answer";
import { jobId, jsonObject, pageLimit, timestamp } from "./shape";

export const historyEvent = z
  .object({
    seq: z.number().int(),
    event_type: z.enum(Object.keys(EVENT_KIND) as [EventKind, ...EventKind[]]),
    timestamp,
    state: z.string().meta({ description: "The state the job was in when it happened" }),
    data: jsonObject,
  })
  .meta({ id: "HistoryEvent" });

/** The same with the names that clients of the reference read, in the answer of the history. */
export const historyItem = historyEvent
  .extend({
    event_id: z.string().meta({ description: "`<job>.<seq>`" }),
    job_id: jobId,
    duration_ms: z.number().nullable().meta({ description: "How long a task took" }),
    previous_state: z.string().nullable(),
    next_state: z.string().nullable(),
    worker_id: z.string().nullable(),
    origin_task_id: z.string().nullable().meta({ description: "`<job>.<no>`: the task that it is about" }),
    attempt_number: z.number().int().nullable(),
    context_snapshot: contextSnapshot.optional().meta({ description: "The job after it; to tokens only" }),
  })
  .meta({ id: "HistoryItem" });

/** `GET /api/v1/jobs/{id}/history`: oldest first; the answer is a bare array. */
export const historyQuery = z.object({
  after_seq: z.coerce.number().int().min(0, "must be 0 or more").max(2_147_483_647).default(0),
  limit: pageLimit(10_000, 10_000),
});

export type HistoryItem = z.infer<typeof historyItem>;
export type HistoryEventBody = z.infer<typeof historyEvent>;
