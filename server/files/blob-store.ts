import type { Readable } from "node:stream";
import type { DetectedType } from "@/server/files/detect-type";

/** The most one upload may hold, in bytes (50 MiB), where the caller gives no limit of its own. */
export const DEFAULT_MAX_BYTES = 50 * 1024 * 1024;

export type BlobSource = Readable | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface PutOptions {
  /** The file's name as people see it; path parts and control characters are dropped, never used as a path. */
  name: string;
  /** The media type that the sender claims, if any. */
  contentType?: string | undefined;
  /** Refused as soon as the stream has more bytes than this. */
  maxBytes?: number | undefined;
  /**
   * Makes the id a function of this text, so that a repeated attempt replaces its own blob instead of leaving another.
   * Without it every put gets a new random id.
   */
  key?: string | undefined;
  /** Who put it (a client id, a job id); kept with the blob for the caller's own checks. */
  owner?: string | undefined;
}

export interface StoredBlob {
  id: string;
  name: string;
  /** In bytes. */
  size: number;
  /** Of the content, lower-case hexadecimal. */
  sha256: string;
  /** As claimed by the sender, `application/octet-stream` without a claim. */
  contentType: string;
  /** As seen in the content. */
  detectedType: DetectedType;
  owner?: string | undefined;
  /** ISO 8601, UTC. */
  createdAt: string;
}

export interface ByteRange {
  /** First byte, from 0. */
  offset: number;
  /** Number of bytes. */
  length: number;
}

/**
 * Keeps immutable files by id. Local disk and S3 pass one suite of tests. Every method throws `BlobError`:
 * `BLOB_NOT_FOUND` for an unknown or malformed id, `FILE_TOO_LARGE` by `put`; nothing is left behind by a put that failed.
 */
export interface BlobStore {
  put(source: BlobSource, options: PutOptions): Promise<StoredBlob>;
  /** A stream of the content, or of a part of it. A range past the end is `BLOB_RANGE_INVALID`. */
  open(id: string, range?: ByteRange): Promise<Readable>;
  stat(id: string): Promise<StoredBlob>;
  /** Answers whether there was something to delete. */
  delete(id: string): Promise<boolean>;
  /** The store as a task of this job sees it, where jobs have files of their own. */
  ofJob?(jobId: string): BlobStore;
}

/** The same for a file that is not there and for one that is somebody else's. */
export function blobNotFound(id: string, cause?: unknown): BlobError {
  return new BlobError("BLOB_NOT_FOUND", `There is no file with the id ${JSON.stringify(id.slice(0, 64))}.`, { cause });
}

export type BlobErrorCode =
  | "BLOB_NOT_FOUND"
  | "BLOB_RANGE_INVALID"
  | "FILE_TOO_LARGE"
  | "FILE_TYPE_MISMATCH"
  | "FILE_TYPE_UNSUPPORTED"
  | "FILE_EMPTY"
  | "JOB_FILES_FULL";

/** A refusal whose message may be shown to the sender. */
export class BlobError extends Error {
  override readonly name = "BlobError";
  readonly code: BlobErrorCode;

  constructor(code: BlobErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
