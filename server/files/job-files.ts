import type { Readable } from "node:stream";
import type { BlobSource, ByteRange, StoredBlob } from "./blob-store";

/** A job may keep so many files, of so many bytes altogether. All are looked at when one is added. */
export const ROOM_PER_JOB = { files: 250, bytes: 2 * 1024 * 1024 * 1024 };

/** A file of a job; `name` is what it is found by. */
export type JobFile = Omit<StoredBlob, "id" | "owner">;

/**
 * Files that belong to one job each, by name (`jobFileName`). Local disk now, S3 behind the same methods. Every method
 * throws `BlobError`: `BLOB_NOT_FOUND`, `FILE_TOO_LARGE`, or `JOB_FILES_FULL` where the job has no room left.
 */
export interface JobFiles {
  /** Keeps the file, in place of one of the same name; nothing is left of a put that failed. */
  put(
    jobId: string,
    name: string,
    source: BlobSource,
    options: { maxBytes: number; contentType?: string | undefined },
  ): Promise<JobFile>;
  stat(jobId: string, name: string): Promise<JobFile>;
  open(jobId: string, name: string, range?: ByteRange): Promise<Readable>;
  /** By name. */
  list(jobId: string): Promise<JobFile[]>;
  delete(jobId: string, name: string): Promise<boolean>;
  /** How the file is named in params and results. */
  uri(jobId: string, name: string): string;
}

const URI = /^batuta:\/\/jobs\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/([^/?#]+)$/;

/** `batuta://jobs/<job>/<name>`: a scheme of its own, so that no worker takes it for something that it may fetch from S3. */
export function localFileUri(jobId: string, name: string): string {
  return `batuta://jobs/${jobId}/${encodeURIComponent(name)}`;
}

/** The job and name in such a URI; null for anything else. */
export function parseLocalFileUri(uri: string): { jobId: string; name: string } | null {
  const match = URI.exec(uri);
  if (!match) return null;
  try {
    return { jobId: match[1] as string, name: decodeURIComponent(match[2] as string) };
  } catch {
    // A percent sign without its digits: nobody made that URI here.
    return null;
  }
}
