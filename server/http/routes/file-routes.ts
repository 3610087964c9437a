import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { fileAnswer, MAX_FILE_BYTES, uploadQuery } from "@/lib/api/file";
import { actorOf } from "@/server/clients/caller";
import { ApiError, invalidRequest } from "@/server/errors";
import { storeDocument } from "@/server/files/store-document";
import { firstFilePart } from "../multipart";
import { operation } from "../operation";

const upload = operation({
  id: "uploadFile",
  method: "POST",
  path: "/files",
  tag: "Files",
  summary: "Upload one file, at most 50 MiB: the raw bytes with `?filename=`, or one part of a multipart form",
  access: "files:write",
  query: uploadQuery,
  rawBody: ["application/octet-stream", "multipart/form-data"],
  answers: { 201: { description: "Kept; give `file_id` to a blueprint's file field", schema: fileAnswer } },
  async handle({ query, caller, request, deps }) {
    if (!request.body) throw invalidRequest("", "The body is empty; send the file's bytes");
    if (Number(request.headers.get("content-length") ?? 0) > MAX_FILE_BYTES + 64 * 1024) throw tooLarge();
    const type = request.headers.get("content-type") ?? "";
    const bytes = Readable.fromWeb(request.body as unknown as NodeStream<Uint8Array>);
    const part = type.toLowerCase().startsWith("multipart/form-data")
      ? await firstFilePart(bytes, type)
      : { name: query.filename, contentType: type === "" ? undefined : type.split(";")[0]?.trim(), content: bytes };
    const name = query.filename ?? part.name;
    if (!name) throw invalidRequest("filename", "is missing; send ?filename=report.pdf");
    const { kind, id } = actorOf(caller);
    const blob = await storeDocument(deps.files, part.content, {
      name,
      contentType: claimOf(part.contentType),
      maxBytes: MAX_FILE_BYTES,
      owner: caller.kind === "client" ? `client:${caller.client.id}` : `${kind}:${id}`,
    });
    return {
      status: 201,
      body: { file_id: blob.id, name: blob.name, size: blob.size, type: blob.detectedType, sha256: blob.sha256 },
    };
  },
});

/** What `curl --data-binary` says when it was told nothing is no claim. */
function claimOf(contentType: string | undefined): string | undefined {
  return contentType === "application/x-www-form-urlencoded" || contentType === "application/octet-stream"
    ? undefined
    : contentType;
}

function tooLarge(): ApiError {
  return new ApiError(413, "body_too_large", `The file is larger than ${MAX_FILE_BYTES} bytes (50 MiB)`, {
    headers: { connection: "close" },
  });
}

export const fileRoutes = [upload];
