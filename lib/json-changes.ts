import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";

/** One place at which two pieces of JSON differ; `path` as in `order.lines[2].price`, empty for the whole. */
export interface JsonChange {
  path: string;
  /** Undefined: it was not there. */
  before: JsonValue | undefined;
  /** Undefined: it is gone. */
  after: JsonValue | undefined;
}

/** Where `after` differs from `before`: objects are compared key by key, anything else as a whole. In key order. */
export function jsonChanges(before: JsonObject, after: JsonObject, path = ""): JsonChange[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key): JsonChange[] => {
    const place = path === "" ? key : `${path}.${key}`;
    const was = own(before, key);
    const is = own(after, key);
    if (isJsonObject(was) && isJsonObject(is)) return jsonChanges(was, is, place);
    return sameJson(was, is) ? [] : [{ path: place, before: was, after: is }];
  });
}

/** A merge patch, and the paths that none can express: a null that is to be set means "remove" in a patch. */
export interface PatchOf {
  patch: JsonObject;
  nulls: string[];
}

/** The JSON merge patch (RFC 7396) that makes `after` of `before`; empty when they are equal. */
export function mergePatchOf(before: JsonObject, after: JsonObject, path = ""): PatchOf {
  const patch: JsonObject = {};
  const nulls: string[] = [];
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch[key] = null;
  for (const [key, is] of Object.entries(after)) {
    const place = path === "" ? key : `${path}.${key}`;
    const was = own(before, key);
    if (sameJson(was, is)) continue;
    if (is === null) {
      nulls.push(place);
    } else if (isJsonObject(is)) {
      const inner = mergePatchOf(isJsonObject(was) ? was : {}, is, place);
      patch[key] = inner.patch;
      nulls.push(...inner.nulls);
    } else {
      patch[key] = is;
    }
  }
  return { patch, nulls };
}

/** True when two pieces of JSON are the same; the order of keys does not count. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, index) => sameJson(each, b[index]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] as JsonValue, b[key] as JsonValue))
  );
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
