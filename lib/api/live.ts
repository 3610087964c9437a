import { z } from "zod";
import { historyEvent } from "./history";
import { displayStatus, jobStatus } from "./job";
import { jobId } from "./shape";

/**
 * The live stream's messages (SSE). `event:` is the key below, `data:` its JSON, `id:` the cursor to resume from.
 * Every `version` is the number of the job's last event: drop what is not newer than what you have.
 */

/** `jobs`: jobs that changed. On the stream of lists, and for the one job on its own stream. */
export const liveJobs = z
  .object({
    changes: z.array(
      z.object({
        job_id: jobId,
        version: z.number().int(),
        status: jobStatus,
        display_status: displayStatus,
        state: z.string(),
        blueprint_name: z.string(),
      }),
    ),
  })
  .meta({ id: "LiveJobs" });

/** `events`: a job's new events, in order and without gap. */
export const liveEvents = z.object({ job_id: jobId, events: z.array(historyEvent) }).meta({ id: "LiveEvents" });

/** `progress`: the last progress of running tasks; has no number. */
export const liveProgress = z
  .object({
    job_id: jobId,
    tasks: z.array(z.object({ no: z.number().int(), progress: z.number().nullable(), message: z.string().nullable() })),
  })
  .meta({ id: "LiveProgress" });

/** `resync`: the cursor is too old or foreign; fetch the page's data again. */
export const liveResync = z.object({ reason: z.string() }).meta({ id: "LiveResync" });

/** `tick`: sent at least every five seconds, so that a page can say how old its data is. `at` is the server's clock. */
export const liveTick = z.object({ at: z.string() }).meta({ id: "LiveTick" });

/** Jobs whose events one stream may carry. */
export const MAX_WATCHED_JOBS = 20;

/** `jobs`: `*` for the changes of all jobs, and ids for the events of those, joined by commas. Default `*`. */
export const liveQuery = z.object({
  jobs: z
    .string()
    .max(2000)
    .default("*")
    .transform((text) => text.split(",").filter((word) => word !== ""))
    .pipe(
      z
        .array(z.union([z.literal("*"), jobId], { error: "must be * or job ids, joined by commas" }))
        .max(MAX_WATCHED_JOBS + 1),
    ),
});
export const jobStreamQuery = z.object({ after_seq: z.coerce.number().int().min(0).max(2_147_483_647).default(0) });

export type LiveJobs = z.infer<typeof liveJobs>;
export type LiveChange = LiveJobs["changes"][number];
export type LiveEvents = z.infer<typeof liveEvents>;
export type LiveProgress = z.infer<typeof liveProgress>;
