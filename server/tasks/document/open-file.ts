import type { Readable } from "node:stream";
import { BlobError, type BlobStore, type ByteRange, type StoredBlob } from "@/server/files/blob-store";
import { TaskError } from "@/server/tasks/task-function";

/** Like `BlobStore.stat`; a file that is not there is INVALID_INPUT_ERROR naming the parameter. */
export function statFile(files: BlobStore, id: string, field: string): Promise<StoredBlob> {
  return files.stat(id).catch((error: unknown) => {
    throw asTaskError(error, field);
  });
}

/** Like `BlobStore.open`; a file or a range that is not there is INVALID_INPUT_ERROR naming the parameter. */
export function openFile(files: BlobStore, id: string, field: string, range?: ByteRange): Promise<Readable> {
  return files.open(id, range).catch((error: unknown) => {
    throw asTaskError(error, field);
  });
}

function asTaskError(error: unknown, field: string): unknown {
  if (!(error instanceof BlobError)) return error;
  return new TaskError("INVALID_INPUT_ERROR", `${field}: ${error.message}`, { cause: error });
}
