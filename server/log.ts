/**
 * Structured logs: one line per entry on standard output. Secrets never get in: fields with a telling name are masked,
 * and the values given to `hide` are masked wherever they appear.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Record<string, unknown>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with fields that every entry carries. */
  child(fields: LogFields): Log;
}

export interface LogOptions {
  level: LogLevel;
  format: "json" | "text";
  /** Values that must never appear, whatever field they are in. Shorter ones than eight characters are ignored. */
  hide?: (string | null | undefined)[];
  write?: (line: string) => void;
}

const ORDER: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 };
const SECRET_NAME = /token|authorization|cookie|password|passwd|secret|api_?key|private_?key|_key$|signature/i;
const MASK = "[hidden]";
/** Tokens that this product made tell themselves by their beginning. */
const OWN_TOKEN = /\bbatuta_[cw]_[A-Za-z0-9_-]{20,}/g;
const MAX_TEXT = 4000;
const MAX_DEPTH = 6;

/** Makes a log; entries below `level` are dropped. */
export function createLog(options: LogOptions): Log {
  const secrets = (options.hide ?? []).filter((text): text is string => typeof text === "string" && text.length >= 8);
  const write = options.write ?? ((line: string) => process.stdout.write(`${line}\n`));
  return logWith(options, secrets, write, {});
}

function logWith(options: LogOptions, secrets: string[], write: (line: string) => void, bound: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (ORDER[level] < ORDER[options.level]) return;
      const entry = cleanObject({ ...bound, ...fields }, secrets, 0);
      const text = maskText(message, secrets);
      const time = new Date().toISOString();
      if (options.format === "json") return write(JSON.stringify({ time, level, message: text, ...entry }));
      const rest = Object.keys(entry).length > 0 ? ` ${JSON.stringify(entry)}` : "";
      write(`${time} ${level.padEnd(5)} ${text}${rest}`);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => logWith(options, secrets, write, { ...bound, ...fields }),
  };
}

function clean(value: unknown, secrets: string[], depth: number): unknown {
  if (typeof value === "string") return maskText(value, secrets);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "[function]" : value;
  if (depth >= MAX_DEPTH) return "[deep]";
  if (value instanceof Error) return errorFields(value, secrets, depth);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => clean(item, secrets, depth + 1));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return cleanObject(value as LogFields, secrets, depth);
}

function cleanObject(fields: LogFields, secrets: string[], depth: number): LogFields {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    SECRET_NAME.test(name) && value !== null && value !== undefined ? MASK : clean(value, secrets, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function errorFields(error: Error, secrets: string[], depth: number): LogFields {
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    message: maskText(error.message, secrets),
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    stack: maskText(error.stack ?? "", secrets),
    ...(error.cause === undefined ? {} : { cause: clean(error.cause, secrets, depth + 1) }),
  };
}

/** Line breaks and control characters cannot forge a second entry: JSON escapes them, and the text form replaces them. */
function maskText(text: string, secrets: string[]): string {
  let masked = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  for (const secret of secrets) masked = masked.replaceAll(secret, MASK);
  masked = masked.replaceAll(OWN_TOKEN, MASK);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal
  return masked.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, " ");
}
