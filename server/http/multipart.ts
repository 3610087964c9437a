import type { Readable } from "node:stream";
import { ApiError, invalidRequest } from "@/server/errors";

/** The first file of a multipart form; its content streams and is never held whole. */
export interface FilePart {
  name: string | undefined;
  contentType: string | undefined;
  content: AsyncIterable<Uint8Array>;
}

const MOST_HEADER_BYTES = 16 * 1024;
/** Fields before the file are skipped, up to this size together. */
const MOST_SKIPPED_BYTES = 64 * 1024;

/**
 * Reads a `multipart/form-data` body (RFC 7578) up to its first part with a file name and gives that part's content as a
 * stream. What follows it is not read. 400 for a form without a file, or one that is cut off.
 */
export async function firstFilePart(body: Readable, contentType: string): Promise<FilePart> {
  const boundary = boundaryOf(contentType);
  const bytes = new ByteReader(body);
  // The first boundary has no line break before it; with one put in front, all of them look the same.
  bytes.unread(Buffer.from("\r\n"));
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  let skipped = 0;
  for await (const chunk of bytes.until(delimiter)) skipped += chunk.byteLength;
  for (;;) {
    const headers = await partHeaders(bytes);
    if (!headers) throw invalidRequest("file", "is missing: the form has no part with a file name");
    const name = fileNameOf(headers);
    if (name !== undefined)
      return { name, contentType: headerOf(headers, "content-type"), content: bytes.until(delimiter) };
    for await (const chunk of bytes.until(delimiter)) {
      skipped += chunk.byteLength;
      if (skipped > MOST_SKIPPED_BYTES)
        throw invalidRequest("file", "must be the form's first part; too much stands before it");
    }
  }
}

function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary) throw new ApiError(400, "invalid_request", "The form's content type has no boundary");
  return boundary;
}

/** The headers of the part that begins here; null when the form ends here. */
async function partHeaders(bytes: ByteReader): Promise<string | null> {
  const after = await bytes.take(2);
  if (after.toString("latin1") === "--") return null;
  bytes.unread(after);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes.until(Buffer.from("\r\n\r\n"))) {
    parts.push(chunk);
    length += chunk.byteLength;
    if (length > MOST_HEADER_BYTES) throw invalidRequest("", "The headers of a part of the form are too long");
  }
  return Buffer.concat(parts).toString("utf8");
}

function headerOf(headers: string, name: string): string | undefined {
  const line = headers.split("\r\n").find((each) => each.toLowerCase().startsWith(`${name}:`));
  return line
    ?.slice(name.length + 1)
    .split(";")[0]
    ?.trim();
}

function fileNameOf(headers: string): string | undefined {
  const line = headers.split("\r\n").find((each) => /^content-disposition:/i.test(each)) ?? "";
  const match = /;\s*filename="((?:[^"\\]|\\.)*)"/i.exec(line) ?? /;\s*filename=([^;\s]+)/i.exec(line);
  return match?.[1]?.replace(/\\(.)/g, "$1").replace(/%22/g, '"');
}

/** Reads a stream of bytes up to marks. */
class ByteReader {
  private buffered: Buffer = Buffer.alloc(0);
  private readonly source: AsyncIterator<Uint8Array>;
  private ended = false;

  constructor(body: Readable) {
    this.source = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  unread(bytes: Buffer): void {
    this.buffered = Buffer.concat([bytes, this.buffered]);
  }

  async take(length: number): Promise<Buffer> {
    while (this.buffered.length < length) if (!(await this.more())) throw cutOff();
    const taken = this.buffered.subarray(0, length);
    this.buffered = this.buffered.subarray(length);
    return taken;
  }

  /** What stands before the mark, piece by piece; the mark itself is consumed. Throws when the stream ends before it. */
  async *until(mark: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.buffered.indexOf(mark);
      if (at >= 0) {
        const rest = this.buffered.subarray(0, at);
        this.buffered = this.buffered.subarray(at + mark.length);
        if (rest.length > 0) yield rest;
        return;
      }
      // The last bytes may be the beginning of the mark.
      const safe = this.buffered.length - mark.length + 1;
      if (safe > 0) {
        const piece = this.buffered.subarray(0, safe);
        this.buffered = this.buffered.subarray(safe);
        yield piece;
      }
      if (!(await this.more())) throw cutOff();
    }
  }

  private async more(): Promise<boolean> {
    if (this.ended) return false;
    const { done, value } = await this.source.next();
    if (done) this.ended = true;
    else this.buffered = this.buffered.length === 0 ? Buffer.from(value) : Buffer.concat([this.buffered, value]);
    return !done;
  }
}

function cutOff(): ApiError {
  return new ApiError(400, "invalid_request", "The form is cut off before its end");
}
