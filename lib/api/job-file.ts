import { z } from "zod";
import { timestamp } from "./shape";

/** How long a link to upload a file may be good, in seconds: a week, as S3 has it. */
export const LONGEST_LINK_S = 604_800;

const filename = z.string({ error: "filename is required" }).min(1, "filename is required").max(1_000);

/** `GET /api/v1/jobs/{job_id}/files/upload` */
export const uploadLinkQuery = z.object({
  filename,
  expires_in: z.coerce
    .number({ error: "expires_in must be an integer" })
    .int("expires_in must be an integer")
    .min(1, "must be at least 1 second")
    .max(LONGEST_LINK_S, `must be at most ${LONGEST_LINK_S} seconds`)
    .default(3_600)
    .meta({ description: "Seconds" }),
});

export const uploadLink = z
  .object({
    url: z.string().meta({ description: "Where to PUT the bytes; needs no token" }),
    expires_in: z.number().int().meta({ description: "Seconds" }),
    method: z.literal("PUT"),
  })
  .meta({ id: "UploadLink" });

/** What a link carries. */
export const linkQuery = z.object({
  expires: z.coerce.number().int().min(0).max(99_999_999_999),
  signature: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "is not a signature"),
});

export const fileUploaded = z
  .object({
    status: z.literal("uploaded"),
    s3_uri: z.string().meta({
      description:
        "What to name the file by in params; `batuta://jobs/<job>/<name>` while files are kept on this server's disk",
    }),
    name: z.string(),
    size: z.number().int().meta({ description: "Bytes" }),
    sha256: z.string(),
  })
  .meta({ id: "FileUploaded" });

export const jobFile = z
  .object({
    name: z.string(),
    size: z.number().int().meta({ description: "Bytes" }),
    sha256: z.string(),
    content_type: z.string().meta({ description: "As the sender said" }),
    detected_type: z.string().meta({ description: "As the content says" }),
    created_at: timestamp,
    s3_uri: z.string(),
  })
  .meta({ id: "JobFile" });

export type UploadLink = z.infer<typeof uploadLink>;
export type FileUploaded = z.infer<typeof fileUploaded>;
export type JobFileBody = z.infer<typeof jobFile>;
