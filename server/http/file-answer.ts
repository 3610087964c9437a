import { Readable } from "node:stream";
import { BlobError, type ByteRange } from "@/server/files/blob-store";
import type { JobFile } from "@/server/files/job-files";

/**
 * Streams a file as something to be saved, never shown: whatever it holds, no browser runs it. Understands one range of
 * bytes and `If-None-Match`.
 */
export async function fileAnswer(
  file: JobFile,
  open: (range?: ByteRange) => Promise<Readable>,
  request: Request,
): Promise<Response> {
  const etag = `"${file.sha256}"`;
  const headers = new Headers({
    "content-type": "application/octet-stream",
    "content-disposition": attachment(file.name),
    // For a browser that shows it all the same: as a page of no site.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "accept-ranges": "bytes",
    "content-length": String(file.size),
    etag,
  });
  if (namesTag(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers: { etag } });
  }
  const since = request.headers.get("if-range");
  const range = since === null || since === etag ? rangeOf(request.headers.get("range"), file.size) : undefined;
  if (range === null) {
    throw new BlobError("BLOB_RANGE_INVALID", `The file has ${file.size} bytes; the range is beyond them.`);
  }
  if (range) {
    headers.set("content-range", `bytes ${range.offset}-${range.offset + range.length - 1}/${file.size}`);
    headers.set("content-length", String(range.length));
  }
  const status = range ? 206 : 200;
  if (request.method === "HEAD") return new Response(null, { status, headers });
  const bytes = await open(range ?? { offset: 0, length: file.size });
  return new Response(Readable.toWeb(bytes) as ReadableStream<Uint8Array<ArrayBuffer>>, { status, headers });
}

/** One range; undefined for none, or for a form that may be left aside; null for one beyond the end. */
function rangeOf(header: string | null, size: number): ByteRange | undefined | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(" ", "") ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const length = Math.min(Number(match[2]), size);
    return length === 0 ? null : { offset: size - length, length };
  }
  const offset = Number(match[1]);
  const last = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== "" && Number(match[2]) < offset) return undefined;
  return offset >= size ? null : { offset, length: last - offset + 1 };
}

function namesTag(header: string | null, etag: string): boolean {
  return (header ?? "").split(",").some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()));
}

/** The name twice: in plain letters for old programs, and as it is. */
function attachment(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._ -]/g, "_");
  const whole = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
