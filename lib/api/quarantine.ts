import { z } from "zod";
import { fingerprint } from "./bulk";
import { blueprintName, jobId, pageCursor, pageLimit, timestamp } from "./shape";

export const clusterQuery = z.object({ blueprint: blueprintName.optional(), limit: pageLimit(100, 500) });

/** Jobs that stand in quarantine for the same cause, as far as blueprint, state, code and message tell. */
export const quarantineCluster = z
  .object({
    fingerprint,
    blueprint: z.string(),
    state: z.string(),
    code: z.string(),
    message: z.string().meta({ description: "Without what differs from job to job: ids, quoted values, numbers" }),
    example: z.string().meta({ description: "The message of the newest job, as it is" }),
    count: z.number().int(),
    first_at: timestamp,
    last_at: timestamp,
    sample_job_ids: z.array(jobId).meta({ description: "The newest five" }),
  })
  .meta({ id: "QuarantineCluster" });

export const clusterParams = z.object({ fingerprint });
export const clusterJobsQuery = z.object({ limit: pageLimit(50, 500), cursor: pageCursor });

export type QuarantineCluster = z.infer<typeof quarantineCluster>;
