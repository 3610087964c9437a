import { format } from "node:util";
import type { LogRecord } from "../executor";

type Level = LogRecord["level"];

const CONSOLE_LEVELS = {
  log: "info",
  info: "info",
  debug: "debug",
  trace: "debug",
  warn: "warn",
  error: "error",
} as const satisfies Record<string, Level>;

/** Turns what code prints into log records: nobody reads the standard output of a slot, and a kill would lose it. */
export function captureOutput(write: (record: LogRecord) => void): void {
  for (const [name, level] of Object.entries(CONSOLE_LEVELS)) {
    console[name as keyof typeof CONSOLE_LEVELS] = (...parts: unknown[]) => write({ level, message: format(...parts) });
  }
  captureStream(process.stdout, "info", write);
  captureStream(process.stderr, "warn", write);
}

function captureStream(stream: NodeJS.WriteStream, level: Level, write: (record: LogRecord) => void): void {
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    const message = text.replace(/\n$/, "");
    if (message) write({ level, message });
    const callback = typeof encoding === "function" ? encoding : done;
    if (typeof callback === "function") queueMicrotask(() => callback(null));
    return true;
  }) as typeof stream.write;
}
