import { isNativeError } from "node:util/types";
import { isPrototypeKey, type JsonObject, type JsonValue } from "@/lib/json";

/** Marks what JSON has no word for: `{"$bridge": "date", "value": …}`. */
const TAG = "$bridge";
const MAX_DEPTH = 12;
const REDACTED = "[redacted]";

/** Keys whose values never leave the task; compared without case, `-` and `_`, at the end of a key. */
export const REDACTED_KEYS: readonly string[] = [
  "password",
  "passwd",
  "passphrase",
  "secret",
  "token",
  "authorization",
  "apikey",
  "accesskey",
  "privatekey",
  "clientkey",
  "cookie",
  "credential",
  "credentials",
  "connectionstring",
  "databaseurl",
  "redisurl",
];

/** What one value may still take; shared by everything inside it. */
export interface Budget {
  bytesLeft: number;
  truncated: boolean;
}

export function isError(value: unknown): value is Error {
  return value instanceof Error || isNativeError(value);
}

/** Reads a property of whatever it is; a getter that throws gives undefined. */
export function readProperty(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/**
 * `value` as JSON, within `budget`: big integers, dates, maps, sets, errors and numbers beyond JSON are tagged, functions
 * and symbols dropped (undefined), cycles and what is too deep or too long cut. Never throws.
 */
export function packValue(
  value: unknown,
  budget: Budget,
  packError: (error: Error) => JsonValue,
): JsonValue | undefined {
  const path: object[] = [];

  function pack(inner: unknown): JsonValue | undefined {
    if (budget.bytesLeft <= 0) {
      budget.truncated = true;
      return undefined;
    }
    if (inner === null || typeof inner === "boolean") return spend(inner, 4);
    if (typeof inner === "string") return packText(inner);
    if (typeof inner === "number")
      return Number.isFinite(inner) ? spend(inner, 8) : tagged("number", String(inner), 24);
    if (typeof inner === "bigint") return tagged("bigint", cut(String(inner), budget), 24 + String(inner).length);
    if (inner === undefined) return tagged("undefined", null, 24);
    return typeof inner === "object" ? packObject(inner) : undefined;
  }

  function packObject(inner: object): JsonValue | undefined {
    if (path.includes(inner)) return tagged("circular", null, 24);
    if (path.length >= MAX_DEPTH) {
      budget.truncated = true;
      return undefined;
    }
    path.push(inner);
    try {
      return packMembers(inner);
    } catch {
      return tagged("unreadable", null, 24);
    } finally {
      path.pop();
    }
  }

  function packMembers(inner: object): JsonValue | undefined {
    if (isError(inner)) return tagged("error", packError(inner), 200);
    if (inner instanceof Date) return tagged("date", Number.isNaN(inner.getTime()) ? null : inner.toISOString(), 48);
    if (inner instanceof Map) return tagged("map", packList([...inner].map((entry) => [...entry])), 24);
    if (inner instanceof Set) return tagged("set", packList([...inner]), 24);
    if (ArrayBuffer.isView(inner) || inner instanceof ArrayBuffer) return tagged("bytes", inner.byteLength, 32);
    if (Array.isArray(inner)) return packList(inner);
    if (Object.hasOwn(inner, TAG)) return tagged("object", Object.entries(packRecord(inner)), 24);
    return packRecord(inner);
  }

  function packList(list: unknown[]): JsonValue[] {
    const packed: JsonValue[] = [];
    for (const each of list) {
      const member = pack(each);
      if (budget.bytesLeft <= 0 && member === undefined) break;
      packed.push(member ?? null);
    }
    return packed;
  }

  function packRecord(record: object): JsonObject {
    const packed: Record<string, JsonValue> = {};
    for (const key of Object.keys(record)) {
      if (isPrototypeKey(key)) continue;
      const member = isRedacted(key) ? spend(REDACTED, 12) : pack(readProperty(record, key));
      if (member === undefined) continue;
      budget.bytesLeft -= Buffer.byteLength(key) + 4;
      packed[key] = member;
    }
    return packed;
  }

  function packText(text: string): string {
    const kept = cut(text, budget);
    budget.bytesLeft -= Buffer.byteLength(kept) + 2;
    return kept;
  }

  function spend<T extends JsonValue>(inner: T, bytes: number): T {
    budget.bytesLeft -= bytes;
    return inner;
  }

  function tagged(tag: string, inner: JsonValue, bytes: number): JsonValue {
    budget.bytesLeft -= bytes;
    return { [TAG]: tag, value: inner };
  }

  return pack(value);
}

/** Whether values under `key` are left out. */
export function isRedacted(key: string): boolean {
  const plain = key.toLowerCase().replace(/[-_\s]/g, "");
  return REDACTED_KEYS.some((each) => plain.endsWith(each));
}

/** The first `limit` bytes of `text`, on a character's border. */
export function cutText(text: string, limit: number): { text: string; truncated: boolean } {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return { text, truncated: false };
  const kept = Buffer.from(text)
    .subarray(0, limit)
    .toString()
    .replace(/\uFFFD+$/, "");
  return { text: kept, truncated: true };
}

function cut(text: string, budget: Budget): string {
  const kept = cutText(text, Math.max(budget.bytesLeft, 0));
  if (kept.truncated) budget.truncated = true;
  return kept.text;
}

/** What `packValue` was given, as far as it went. */
export function unpackValue(packed: JsonValue, unpackError: (packed: JsonValue) => Error): unknown {
  if (typeof packed !== "object" || packed === null) return packed;
  if (Array.isArray(packed)) return packed.map((each) => unpackValue(each, unpackError));
  if (Object.hasOwn(packed, TAG)) return unpackTagged(String(packed[TAG]), packed.value ?? null, unpackError);
  const record: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(packed)) {
    if (!isPrototypeKey(key)) record[key] = unpackValue(member, unpackError);
  }
  return record;
}

function unpackTagged(tag: string, value: JsonValue, unpackError: (packed: JsonValue) => Error): unknown {
  const list = () => (Array.isArray(value) ? value.map((each) => unpackValue(each, unpackError)) : []);
  switch (tag) {
    case "error":
      return unpackError(value);
    case "date":
      return new Date(typeof value === "string" ? value : Number.NaN);
    case "bigint":
      return /^-?\d+$/.test(String(value)) ? BigInt(String(value)) : value;
    case "number":
      return Number(value);
    case "undefined":
      return undefined;
    case "map":
      return new Map(list().filter(isEntry));
    case "set":
      return new Set(list());
    case "object":
      return Object.fromEntries(list().filter(isEntry));
    case "bytes":
      return `[${String(value)} bytes]`;
    default:
      return `[${tag}]`;
  }
}

function isEntry(value: unknown): value is [string, unknown] {
  return Array.isArray(value) && value.length === 2;
}
