import { addressOf } from "@/components/data/api";
import { ApiError } from "@/components/data/api-error";
import type { ApiErrorBody } from "@/lib/api/error";
import type { UploadedFile } from "@/lib/form/form-value";

const FILES_PATH = "/api/v1/files";

export interface UploadOptions {
  /** From 0 to 1, as often as the browser says. */
  onProgress?: (share: number) => void;
  signal?: AbortSignal;
}

/**
 * Sends one file as the raw body, its name in the query. By `XMLHttpRequest`, since `fetch` doesn't tell how far an
 * upload is. Rejects with `ApiError`, or with an `AbortError` when the signal says so.
 */
export function uploadFile(file: File, { onProgress, signal }: UploadOptions = {}): Promise<UploadedFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", addressOf(FILES_PATH, { filename: file.name }));
    request.setRequestHeader("content-type", file.type || "application/octet-stream");
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total > 0 ? loaded / total : 0);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as UploadedFile);
      else reject(uploadError(request));
    };
    request.onerror = () => reject(new ApiError(0, "NETWORK", ""));
    request.onabort = () => reject(new DOMException("The upload was stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

function uploadError(request: XMLHttpRequest): ApiError {
  const id = request.getResponseHeader("x-request-id");
  try {
    const { error, code, details } = JSON.parse(request.responseText) as ApiErrorBody;
    return new ApiError(request.status, code, error, details ?? [], id);
  } catch (cause) {
    return new ApiError(request.status, `HTTP_${request.status}`, "", [], id, { cause });
  }
}
