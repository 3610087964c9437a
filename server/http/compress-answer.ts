import { promisify } from "node:util";
import * as zlib from "node:zlib";

/** Below this, compressing costs more than it saves. */
const WORTH_BYTES = 500;
/** What is smaller is done on the spot: handing it to another thread would take longer than the work. */
const SMALL_BYTES = 8 * 1024;

interface Encoding {
  name: string;
  now(bytes: Uint8Array): Uint8Array;
  later(bytes: Uint8Array): Promise<Uint8Array>;
}

type Zstd = { zstdCompressSync?: (bytes: Uint8Array) => Buffer; zstdCompress?: typeof zlib.gzip };

const gzipOptions = { level: zlib.constants.Z_BEST_SPEED };
const brotliOptions = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 3 } };
const gzip = promisify(zlib.gzip) as (bytes: Uint8Array, options: object) => Promise<Buffer>;
const brotli = promisify(zlib.brotliCompress) as (bytes: Uint8Array, options: object) => Promise<Buffer>;

/** The best first. Which Node brings zstd along is asked of Node itself. */
const ENCODINGS: readonly Encoding[] = [
  ...zstd(zlib as Zstd),
  {
    name: "br",
    now: (bytes) => zlib.brotliCompressSync(bytes, brotliOptions),
    later: (bytes) => brotli(bytes, brotliOptions),
  },
  { name: "gzip", now: (bytes) => zlib.gzipSync(bytes, gzipOptions), later: (bytes) => gzip(bytes, gzipOptions) },
];

function zstd({ zstdCompress, zstdCompressSync }: Zstd): Encoding[] {
  if (!zstdCompress || !zstdCompressSync) return [];
  const later = promisify(zstdCompress) as unknown as (bytes: Uint8Array) => Promise<Buffer>;
  return [{ name: "zstd", now: (bytes) => zstdCompressSync(bytes), later }];
}

/** The body in the best encoding that the asker takes, with the headers that say so; small ones as they are. */
export function encodedBody(bytes: Uint8Array, headers: Headers, request: Request): Uint8Array | Promise<Uint8Array> {
  headers.append("vary", "accept-encoding");
  if (bytes.byteLength < WORTH_BYTES || headers.has("content-encoding")) return bytes;
  const encoding = encodingFor(request.headers.get("accept-encoding"));
  if (!encoding) return bytes;
  headers.set("content-encoding", encoding.name);
  return bytes.byteLength < SMALL_BYTES ? encoding.now(bytes) : encoding.later(bytes);
}

/** The same for an answer of text that was made whole; with all of its headers. Others are given back as they are. */
export async function compressText(answer: Response, request: Request): Promise<Response> {
  const { headers, status } = answer;
  const type = headers.get("content-type") ?? "";
  const whole = /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?json)/.test(type);
  if (!whole || !answer.body || headers.has("content-encoding") || headers.has("content-disposition")) return answer;
  if (!encodingFor(request.headers.get("accept-encoding"))) return answer;
  const kept = new Headers(headers);
  const body = await encodedBody(new Uint8Array(await answer.arrayBuffer()), kept, request);
  if (kept.has("content-encoding")) kept.delete("content-length");
  return new Response(body as Uint8Array<ArrayBuffer>, { status, headers: kept });
}

/** What `Accept-Encoding` allows of ours; null for none. A name with `q=0` is refused. */
export function encodingFor(accepted: string | null): Encoding | null {
  if (accepted === null || accepted === "") return null;
  const taken = new Map<string, boolean>();
  for (const part of accepted.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((word) => word.trim());
    taken.set(name, !parameters.some((word) => /^q=0(?:\.0{0,3})?$/.test(word)));
  }
  return ENCODINGS.find(({ name }) => taken.get(name) ?? taken.get("*") ?? false) ?? null;
}
