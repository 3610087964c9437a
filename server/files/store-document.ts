import {
  BlobError,
  type BlobSource,
  type BlobStore,
  type PutOptions,
  type StoredBlob,
} from "@/server/files/blob-store";
import { isDocumentType, typeMismatch } from "@/server/files/detect-type";

/**
 * Keeps an uploaded document. Refused, with nothing kept: `FILE_TOO_LARGE`, `FILE_EMPTY`, `FILE_TYPE_MISMATCH` (the content
 * is not what the name claims). With `supportedOnly` also `FILE_TYPE_UNSUPPORTED`; without it an honest picture or archive
 * is kept, and it is for the job to turn it away.
 */
export async function storeDocument(
  files: BlobStore,
  source: BlobSource,
  options: PutOptions & { supportedOnly?: boolean },
): Promise<StoredBlob> {
  const { supportedOnly = false, ...put } = options;
  const blob = await files.put(source, put);
  const fault = faultOf(blob, put.contentType, supportedOnly);
  if (fault) {
    await files.delete(blob.id);
    throw fault;
  }
  return blob;
}

function faultOf(blob: StoredBlob, contentType: string | undefined, supportedOnly: boolean): BlobError | null {
  if (blob.size === 0) return new BlobError("FILE_EMPTY", `"${blob.name}" is empty.`);
  const mismatch = typeMismatch(blob.name, blob.detectedType, contentType);
  if (mismatch) return new BlobError("FILE_TYPE_MISMATCH", mismatch);
  if (!supportedOnly || isDocumentType(blob.detectedType)) return null;
  return new BlobError(
    "FILE_TYPE_UNSUPPORTED",
    `"${blob.name}" is ${blob.detectedType}; PDF, Markdown, HTML and plain text are taken.`,
  );
}
