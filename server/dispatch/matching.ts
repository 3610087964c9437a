import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";

/**
 * How what a worker has meets what is asked: numbers at least as much, lists by any member in common, a list holds a
 * single value, everything else equal. What is not there meets nothing.
 */
export function meets(has: JsonValue | undefined, asked: JsonValue): boolean {
  if (has === undefined || has === null) return asked === null;
  if (typeof asked === "number" && typeof has === "number") return has >= asked;
  if (Array.isArray(has)) {
    const asking = Array.isArray(asked) ? asked : [asked];
    return asking.some((one) => has.some((other) => equal(other, one)));
  }
  if (Array.isArray(asked)) return asked.some((one) => equal(has, one));
  if (isJsonObject(has) && isJsonObject(asked)) return unmetMember(has, asked) === null;
  return equal(has, asked);
}

/** The first member of `asked` that `has` does not meet; null: all are met. */
export function unmetMember(has: JsonObject | undefined, asked: JsonObject): string | null {
  for (const [key, value] of Object.entries(asked)) {
    if (!meets(has && Object.hasOwn(has, key) ? has[key] : undefined, value)) return key;
  }
  return null;
}

/** Deep equality; a number and its text are the same, because environment variables are texts. */
export function equal(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, index) => equal(one, b[index] as JsonValue));
  }
  if (isJsonObject(a) && isJsonObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equal(a[key] as JsonValue, b[key] as JsonValue))
    );
  }
  return isScalar(a) && isScalar(b) && String(a) === String(b);
}

function isScalar(value: JsonValue): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
