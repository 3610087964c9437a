import { DEFAULT_MAX_DEPTH, isPrototypeKey, type JsonObject, type JsonValue } from "@/lib/json";

/**
 * A copy of what user code made, as JSON. Undefined members of objects are left out, as `JSON.stringify` does; all else
 * that JSON cannot hold (functions, dates, maps, NaN, cycles) is an error that names the path.
 */
export function toPlainJson(value: unknown, path: string, depthLeft = DEFAULT_MAX_DEPTH): JsonValue {
  switch (typeof value) {
    case "string":
      return storable(value, path);
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw new TypeError(`${path} is ${value}, which is not JSON`);
    case "object":
      break;
    default:
      throw new TypeError(`${path} is a ${typeof value}, which is not JSON`);
  }
  if (value === null) return null;
  if (depthLeft <= 0) throw new TypeError(`${path} nests too deeply, or contains itself`);
  if (Array.isArray(value))
    return Array.from(value, (item, index) => toPlainJson(item, `${path}[${index}]`, depthLeft - 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    const hint = value instanceof Date ? "; use its toISOString()" : "";
    throw new TypeError(`${path} is a ${prototype.constructor?.name ?? "class instance"}, which is not JSON${hint}`);
  }
  const out: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (isPrototypeKey(key)) throw new TypeError(`${path}.${key} is not an allowed key`);
    if (member !== undefined) out[storable(key, path)] = toPlainJson(member, `${path}.${key}`, depthLeft - 1);
  }
  return out;
}

function storable(text: string, path: string): string {
  if (text.includes("\0")) throw new TypeError(`${path} contains a NUL character, which cannot be stored`);
  if (/\p{Surrogate}/u.test(text)) throw new TypeError(`${path} is not valid Unicode (a lone surrogate)`);
  return text;
}

/** Equality of JSON by content; the order of keys does not count. */
export function equalJson(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => equalJson(item, right[index]))
    );
  }
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equalJson(left[key], right[key]))
  );
}
