import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import { NonErrorThrown, registeredError } from "./error-registry";
import type { Isolation } from "./isolation";
import { type Budget, cutText, isError, isRedacted, packValue, readProperty, unpackValue } from "./packed-value";

/** Where an error came from. */
export interface ErrorOrigin {
  task: string;
  version: number;
  executionId: string;
  slot: number;
  isolation: Isolation;
  host: string;
}

/** An error as JSON, with all that a caller may want to know of it. */
export interface ErrorEnvelope {
  v: 1;
  name: string;
  /** Name of its class; what `registerError` knows it by. */
  className: string;
  code: string | number | null;
  message: string;
  stack: string | null;
  /** Its other own members, as `packValue` gives them. */
  props: JsonObject;
  /** As `packValue` gives it; absent: it had none. */
  cause?: JsonValue;
  /** Of an AggregateError, the first 20. */
  errors?: JsonValue[];
  retryable: boolean | null;
  retryAfterMs: number | null;
  origin: Partial<ErrorOrigin>;
  /** Something was too long to come along. */
  truncated?: true;
}

const MAX_MESSAGE_BYTES = 8 * 1024;
const MAX_STACK_BYTES = 16 * 1024;
const MAX_PROPS_BYTES = 32 * 1024;
const MAX_CAUSES = 5;
const MAX_ERRORS = 20;
/** Of everything inside one error together. */
const MAX_ENVELOPES = 60;
const OWN_FIELDS = new Set(["name", "message", "stack", "code", "cause", "errors", "retryable", "retryAfterMs"]);

/** A task's error whose class is not registered here; its `name` is the one that it had there. */
export class RemoteTaskError extends Error {
  declare readonly origin: Partial<ErrorOrigin>;
  declare readonly code?: string | number;
  declare readonly details?: unknown;
}

/**
 * What a task threw as JSON-safe data, bounded in size, depth and number; `unpackError` makes an error of it again. What
 * is no error becomes a `NonErrorThrown` with the value. Never throws, whatever it is given.
 */
export function packError(thrown: unknown, origin: Partial<ErrorOrigin>): ErrorEnvelope {
  const budget = { envelopesLeft: MAX_ENVELOPES };
  return pack(asError(thrown), origin, MAX_CAUSES, budget);
}

function asError(thrown: unknown): Error {
  try {
    if (isError(thrown)) return thrown;
    return new NonErrorThrown(thrown);
  } catch {
    return new NonErrorThrown("[unreadable]");
  }
}

function pack(
  error: Error,
  origin: Partial<ErrorOrigin>,
  depthLeft: number,
  budget: { envelopesLeft: number },
): ErrorEnvelope {
  budget.envelopesLeft--;
  const message = cutText(text(readProperty(error, "message")), MAX_MESSAGE_BYTES);
  const stack = cutText(text(readProperty(error, "stack")), MAX_STACK_BYTES);
  const props: Budget = { bytesLeft: MAX_PROPS_BYTES, truncated: message.truncated || stack.truncated };
  const inner = (each: Error): JsonValue => {
    if (depthLeft > 1 && budget.envelopesLeft > 0) {
      return pack(each, {}, depthLeft - 1, budget) as unknown as JsonObject;
    }
    props.truncated = true;
    return null;
  };
  const name = text(readProperty(error, "name")) || "Error";
  const envelope: ErrorEnvelope = {
    v: 1,
    name: name.slice(0, 200),
    className: className(error) || name.slice(0, 200),
    code: codeOf(error),
    message: message.text,
    stack: stack.text || null,
    props: packProps(error, props, inner),
    retryable: flagOf(readProperty(error, "retryable")),
    retryAfterMs: numberOf(readProperty(error, "retryAfterMs")),
    origin,
  };
  packInner(error, envelope, props, inner);
  if (props.truncated) envelope.truncated = true;
  return envelope;
}

function packInner(error: Error, envelope: ErrorEnvelope, budget: Budget, inner: (error: Error) => JsonValue): void {
  const cause = readProperty(error, "cause");
  if (cause !== undefined) {
    const packed = packValue(cause, { bytesLeft: MAX_PROPS_BYTES, truncated: false }, inner);
    if (packed !== undefined && !isCutError(packed)) envelope.cause = packed;
  }
  const errors = readProperty(error, "errors");
  if (!Array.isArray(errors)) return;
  if (errors.length > MAX_ERRORS) budget.truncated = true;
  envelope.errors = errors
    .slice(0, MAX_ERRORS)
    .map((each) => packValue(each, { bytesLeft: MAX_PROPS_BYTES, truncated: false }, inner) ?? null)
    .filter((each) => !isCutError(each));
}

/** An error that was too deep to come along. */
function isCutError(packed: JsonValue): boolean {
  return isJsonObject(packed) && packed.$bridge === "error" && packed.value === null;
}

function packProps(error: Error, budget: Budget, inner: (error: Error) => JsonValue): JsonObject {
  const props: JsonObject = {};
  for (const key of ownKeys(error)) {
    if (OWN_FIELDS.has(key) || key === "__proto__") continue;
    const value = isRedacted(key) ? "[redacted]" : packValue(readProperty(error, key), budget, inner);
    if (value !== undefined) props[key] = value;
  }
  return props;
}

function ownKeys(error: Error): string[] {
  try {
    return Object.keys(error);
  } catch {
    return [];
  }
}

function className(error: Error): string {
  const made = readProperty(error, "constructor");
  return typeof made === "function" ? text(made.name).slice(0, 200) : "";
}

function codeOf(error: Error): string | number | null {
  const code = readProperty(error, "code");
  if (typeof code === "string") return code.slice(0, 200);
  return typeof code === "number" && Number.isFinite(code) ? code : null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function flagOf(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/**
 * The error that `packError` was given: of its registered class, or a `RemoteTaskError` with its name. Its stack is the one
 * of here with the one of the task below; name, code, details and other members, cause and errors are as they were.
 */
export function unpackError(envelope: ErrorEnvelope): Error {
  return unpack(envelope, unpackError);
}

// biome-ignore lint/complexity/noBannedTypes: any function; frames above it are left out
function unpack(envelope: ErrorEnvelope, above: Function): Error {
  const errorClass = registeredError(envelope.className) ?? registeredError(envelope.name) ?? RemoteTaskError;
  const options = envelope.cause === undefined ? undefined : { cause: unpackValue(envelope.cause, unpackInner) };
  const error = new Error(envelope.message, options);
  // Stack frames of the rebuilding say nothing to anybody.
  Error.captureStackTrace(error, above);
  Object.setPrototypeOf(error, errorClass.prototype);
  for (const [key, value] of Object.entries(envelope.props)) define(error, key, unpackValue(value, unpackInner));
  if (envelope.errors) define(error, "errors", unpackErrors(envelope.errors), false);
  for (const key of ["code", "retryable", "retryAfterMs"] as const) {
    if (envelope[key] !== null && envelope[key] !== undefined) define(error, key, envelope[key]);
  }
  if (error.name !== envelope.name) define(error, "name", envelope.name, false);
  define(error, "origin", envelope.origin, false);
  define(error, "stack", joinStacks(error, envelope), false);
  return error;
}

function unpackInner(packed: JsonValue): Error {
  if (packed === null) return new Error("[an error that was too deep to come along]");
  return unpack(packed as unknown as ErrorEnvelope, unpackInner);
}

function unpackErrors(errors: JsonValue[]): unknown[] {
  return errors.map((each) => unpackValue(each, unpackInner));
}

function joinStacks(error: Error, envelope: ErrorEnvelope): string {
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  const local = [`${envelope.name}: ${envelope.message}`, ...frames].join("\n");
  if (envelope.stack === null) return local;
  const { task, isolation, slot } = envelope.origin;
  const place = [task ?? "the task", isolation, slot === undefined ? undefined : `slot ${slot}`];
  return `${local}\n    --- ${place.filter(Boolean).join(", ")} ---\n${envelope.stack}`;
}

function define(error: Error, key: string, value: unknown, enumerable = true): void {
  Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
}
