import { z } from "zod";
import { JOB_STATUSES } from "@/lib/job-status";
import { approvalRow } from "./approval";
import { displayStatus, jobRow } from "./job";
import { timestamp } from "./shape";

const counts = z.record(z.string(), z.number().int());

/** A quarter of an hour of ended jobs. */
export const endedBucket = z
  .object({ from: timestamp, succeeded: z.number().int(), failed: z.number().int(), cancelled: z.number().int() })
  .meta({ id: "EndedBucket" });

/** Jobs that wait for a worker of one type. `listening` 0: no live worker has the skill. */
export const waitingType = z
  .object({
    task_type: z.string(),
    waiting: z.number().int(),
    oldest_at: timestamp,
    listening: z.number().int(),
  })
  .meta({ id: "WaitingType" });

/** `GET /api/v1/overview`: what needs a person now, and how it goes. */
export const overview = z
  .object({
    at: timestamp,
    counts: counts.meta({
      description: `Jobs by status (${JOB_STATUSES.join(", ")}); ended ones of the last 24 hours`,
    }),
    display_counts: z.partialRecord(displayStatus, z.number().int()),
    ended: z.array(endedBucket).meta({ description: "96 quarters of an hour, oldest first" }),
    approvals_due: z.object({ mine: z.number().int(), open: z.number().int(), rows: z.array(approvalRow) }),
    quarantined: z.object({ count: z.number().int(), rows: z.array(jobRow) }),
    waiting: z.object({ count: z.number().int(), oldest_at: timestamp.nullable(), types: z.array(waitingType) }),
    workers: z.object({
      online: z.number().int(),
      draining: z.number().int(),
      lost: z.number().int(),
      slots: z.number().int(),
      busy: z.number().int(),
    }),
    duration: z.object({ p50_ms: z.number().nullable(), p95_ms: z.number().nullable() }),
  })
  .meta({ id: "Overview" });

/** `GET /api/v1/dashboard`, as the reference answers it: jobs of the caller, by status, all that are kept. */
export const dashboardCounts = z
  .object({
    workers: z.object({ total: z.number().int() }),
    jobs: z
      .object({ queued: z.number().int().meta({ description: "Tasks that no worker has begun" }) })
      .catchall(z.number().int()),
  })
  .meta({ id: "DashboardCounts" });

export type DashboardCounts = z.infer<typeof dashboardCounts>;
export type EndedBucket = z.infer<typeof endedBucket>;
export type WaitingType = z.infer<typeof waitingType>;
export type Overview = z.infer<typeof overview>;
