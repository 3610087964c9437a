import { createHmac } from "node:crypto";

/**
 * What a signature covers, of plain JSON data: compact, keys sorted by code point at every level, null members dropped
 * (nulls in lists stay), whole floats as integers, other numbers in their shortest form, non-ASCII as it is.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number") return canonicalNumber(value);
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== null && member !== undefined)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

/** HMAC-SHA256 in lower-case hex of a message without its top-level `security`, `_signature` and the `ignored` members. */
export function signatureOf(message: Record<string, unknown>, secret: string, ignored: readonly string[] = []): string {
  const signed = Object.entries(message).filter(([key]) => !["security", "_signature", ...ignored].includes(key));
  return createHmac("sha256", secret)
    .update(canonicalJson(Object.fromEntries(signed)))
    .digest("hex");
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) return "null";
  if (Number.isInteger(value)) return BigInt(value).toString();
  // Other languages turn to exponents one place before JavaScript does.
  const size = Math.abs(value);
  return size >= 1e-6 && size < 1e-5 ? value.toExponential() : String(value);
}
