import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DocumentType } from "@/server/files/detect-type";
import { childEntry } from "@/server/tasks/extract/child-entry";
import type { ExtractionMessage, TextLimits } from "@/server/tasks/extract/extracted-document";
import { takeReaderSlot } from "@/server/tasks/extract/reader-slots";
import { watchMemory } from "@/server/tasks/extract/watch-memory";

export interface ExtractionLimits extends TextLimits {
  /** From start to end, then the child is killed. */
  wallMs: number;
  /** Of the JavaScript heap, in MiB. */
  heapMb: number;
  /** Of the whole process, in MiB: a PDF's streams are unpacked outside the heap. Watched on Linux. */
  processMb: number;
}

export const extractionLimits: ExtractionLimits = {
  wallMs: 60_000,
  heapMb: 512,
  processMb: 1024,
  maxPages: 10_000,
  maxCharacters: 20_000_000,
};

export type ChildEnd = "timeout" | "memory" | "aborted" | "crashed";

/** The child ended without saying why: it was killed (`timeout`, `memory`, `aborted`) or fell over (`crashed`). */
export class ExtractionEnded extends Error {
  override readonly name = "ExtractionEnded";

  constructor(
    readonly end: ChildEnd,
    message: string,
  ) {
    super(message);
  }
}

/** A message of the child is one line; JSON may write a character as six bytes. */
const BYTES_PER_CHARACTER = 6;
const KEPT_STDERR_CHARACTERS = 4096;
const STOPPED = "the attempt was stopped";

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Reads a document in a process of its own and yields what it finds, page by page. The process gets the bytes on its
 * standard input, no environment, no right to write files or start programs, and is killed for real (SIGKILL) at any
 * limit, on abort, and when the caller stops iterating. A few run at a time, the others wait in line; the time limit
 * counts from the start. Throws `ExtractionEnded` when it did not come to an end by itself.
 */
export async function* runExtraction(
  source: Readable,
  type: DocumentType,
  signal: AbortSignal,
  limits: ExtractionLimits = extractionLimits,
): AsyncGenerator<ExtractionMessage> {
  let giveBack: (() => void) | undefined;
  try {
    giveBack = await takeReaderSlot(signal).catch(() => {
      throw new ExtractionEnded("aborted", STOPPED);
    });
    yield* readInChild(source, start(childEntry(), type, limits), signal, limits);
  } finally {
    source.destroy();
    giveBack?.();
  }
}

async function* readInChild(
  source: Readable,
  child: Child,
  signal: AbortSignal,
  limits: ExtractionLimits,
): AsyncGenerator<ExtractionMessage> {
  const exited = once(child, "close");
  // Awaited below in every case; until then a failed start must not count as unhandled.
  exited.catch(() => undefined);
  let ended: ChildEnd | undefined;
  const end = (reason: ChildEnd) => {
    ended ??= reason;
    child.kill("SIGKILL");
  };
  const abort = () => end("aborted");
  const timer = setTimeout(() => end("timeout"), limits.wallMs);
  const stopWatching = watchMemory(child.pid, limits.processMb, () => end("memory"));
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR_CHARACTERS);
  });
  const fed = feed(source, child.stdin).then((error) => {
    if (error) child.kill("SIGKILL");
    return error;
  });
  try {
    let complete = false;
    for await (const message of readMessages(child.stdout, limits.maxCharacters * BYTES_PER_CHARACTER)) {
      complete = message.kind === "end" || message.kind === "fault";
      yield message;
    }
    const [code, killedBy] = (await exited) as [number | null, NodeJS.Signals | null];
    const sourceError = await fed;
    if (sourceError) throw sourceError;
    if (ended || !complete) throw endOf(ended, code, killedBy, stderr, limits);
  } finally {
    clearTimeout(timer);
    stopWatching();
    signal.removeEventListener("abort", abort);
    child.kill("SIGKILL");
    await exited;
  }
}

function start(entry: string, type: DocumentType, limits: ExtractionLimits): Child {
  const permission = process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
  const node = [
    process.execPath,
    `--max-old-space-size=${limits.heapMb}`,
    permission,
    "--allow-fs-read=*",
    "--no-warnings",
    entry,
    JSON.stringify([type, { maxPages: limits.maxPages, maxCharacters: limits.maxCharacters }]),
  ];
  // The kernel's limit of processor seconds also ends a child whose parent was killed and cannot watch the clock any more.
  const cpuSeconds = String(Math.ceil(limits.wallMs / 1000) * 2 + 10);
  return spawn("/bin/sh", ["-c", 'ulimit -t "$0"; exec "$@"', cpuSeconds, ...node], {
    env: {} as NodeJS.ProcessEnv,
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** What a pipe says when its reader has gone: it found a fault early, or was killed. No error of the source. */
const READER_GONE = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"]);

/** Answers the error of the source, if it had one; the input is then left open, so that the child sees no false end. */
async function feed(source: Readable, stdin: Writable): Promise<Error | null> {
  try {
    await pipeline(source, stdin);
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return "code" in error && READER_GONE.has(String(error.code)) ? null : error;
  }
}

async function* readMessages(stdout: Readable, maxBytes: number): AsyncGenerator<ExtractionMessage> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ExtractionEnded("memory", "the reader wrote more text than it may");
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      waiting.push(chunk.subarray(from, at));
      yield JSON.parse(Buffer.concat(waiting).toString("utf8")) as ExtractionMessage;
      waiting = [];
      from = at + 1;
    }
    waiting.push(chunk.subarray(from));
  }
}

function endOf(
  ended: ChildEnd | undefined,
  code: number | null,
  killedBy: NodeJS.Signals | null,
  stderr: string,
  limits: ExtractionLimits,
): ExtractionEnded {
  if (ended === "timeout") return new ExtractionEnded("timeout", `not read within ${limits.wallMs / 1000} s`);
  if (ended === "aborted") return new ExtractionEnded("aborted", STOPPED);
  if (ended === "memory") return new ExtractionEnded("memory", `needs more than ${limits.processMb} MiB of memory`);
  if (/heap out of memory|Array buffer allocation failed/i.test(stderr)) {
    return new ExtractionEnded("memory", `needs more than ${limits.heapMb} MiB of memory`);
  }
  const last =
    stderr
      .trim()
      .split("\n")
      .find((line) => /error/i.test(line)) ?? "no message";
  return new ExtractionEnded("crashed", `the reader ended with ${killedBy ?? `code ${code}`}: ${last.slice(0, 300)}`);
}
