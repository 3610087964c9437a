import type { JsonObject, JsonValue } from "@/lib/json";
import { type LosslessJson, MAX_DEPTH, NumberText, parseLossless } from "./lossless-json";

/** JSON with its numbers as they were written, or parsed where nothing of them can have been lost. */
export type SignedJson = LosslessJson | JsonValue;
export type SignedMessage = Map<string, LosslessJson> | JsonObject;

const NONE: readonly string[] = [];

/**
 * The bytes that a signature covers: compact, keys sorted by code point at every level, null members dropped (nulls in
 * lists stay), integral floats as integers, other floats in their shortest form, non-ASCII and `/` `<` `>` `&` as they are.
 * `without`: members of the outermost object that are left out. Throws a SyntaxError for what nests too deeply.
 */
export function canonicalJson(value: SignedJson, without = NONE, depth = 0): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return canonicalNumber(String(value));
  if (value instanceof NumberText) return canonicalNumber(value.text);
  if (depth > MAX_DEPTH) throw new SyntaxError("The JSON is nested too deeply");
  if (Array.isArray(value))
    return `[${value.map((item: SignedJson) => canonicalJson(item, NONE, depth + 1)).join(",")}]`;
  const members: string[] = [];
  for (const key of sorted(value instanceof Map ? [...value.keys()] : Object.keys(value))) {
    const member = value instanceof Map ? value.get(key) : value[key];
    if (member === null || member === undefined || without.includes(key)) continue;
    members.push(`${JSON.stringify(key)}:${canonicalJson(member, NONE, depth + 1)}`);
  }
  return `{${members.join(",")}}`;
}

/** Integers of so many digits may be none that a double holds. */
const LONG_NUMBER = /\d{16}/;

/**
 * A message in the form that its canonical bytes can be made of: as it was parsed, unless a double would have lost digits
 * of it. Throws a SyntaxError for what is no JSON object.
 */
export function signedForm(body: JsonObject, text: string): SignedMessage {
  if (!LONG_NUMBER.test(text)) return body;
  const lossless = parseLossless(text);
  if (!(lossless instanceof Map)) throw new SyntaxError("The message is not an object");
  return lossless;
}

const SURROGATE = /[\ud800-\udfff]/;

/** By code point. That is the order of UTF-8, and of UTF-16 too where nothing is beyond its first plane. */
function sorted(keys: string[]): string[] {
  if (!keys.some((key) => SURROGATE.test(key))) return keys.sort();
  return keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Integers keep all their digits. A float is a double: printed as an integer when it is one, else shortest. */
function canonicalNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return text === "-0" ? "0" : text;
  const double = Number(text);
  if (!Number.isFinite(double)) return text;
  if (Number.isInteger(double)) return BigInt(double).toString();
  // The other side's printer turns to exponents one place before JavaScript does.
  const size = Math.abs(double);
  return size >= 1e-6 && size < 1e-5 ? double.toExponential() : String(double);
}
