import { type LosslessJson, NumberText } from "./lossless-json";

/**
 * The bytes that a signature covers: compact, keys sorted by code point at every level, null members dropped (nulls in
 * lists stay), integral floats as integers, other floats in their shortest form, non-ASCII and `/` `<` `>` `&` as they are.
 */
export function canonicalJson(value: LosslessJson): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof NumberText) return canonicalNumber(value.text);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members: string[] = [];
  for (const key of [...value.keys()].sort(byCodePoint)) {
    const member = value.get(key);
    if (member !== null && member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** Where the two orders differ. */
const SURROGATE = /[\ud800-\udfff]/;

/** UTF-8 keeps the order of code points; UTF-16, which `<` compares, does not. */
function byCodePoint(a: string, b: string): number {
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
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
