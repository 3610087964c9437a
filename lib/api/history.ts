import { z } from "zod";
import { EVENT_KIND, type EventKind } from "@/lib/job-event";
import { jsonObject, pageLimit, timestamp } from "./shape";

export const historyEvent = z
  .object({
    seq: z.number().int(),
    event_type: z.enum(Object.keys(EVENT_KIND) as [EventKind, ...EventKind[]]),
    timestamp,
    state: z.string().meta({ description: "The state the job was in when it happened" }),
    data: jsonObject,
  })
  .meta({ id: "HistoryEvent" });

/** `GET /api/v1/jobs/{id}/history`: oldest first; the answer is a bare array. */
export const historyQuery = z.object({
  after_seq: z.coerce.number().int().min(0, "must be 0 or more").max(2_147_483_647).default(0),
  limit: pageLimit(10_000, 10_000),
});

export type HistoryEventBody = z.infer<typeof historyEvent>;
