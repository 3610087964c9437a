import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";

/** A JSON merge patch (RFC 7396) of an object: objects are merged, null removes a key, anything else replaces. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (isJsonObject(value)) merged[key] = mergePatch(objectOr(merged[key]), value);
    else merged[key] = value;
  }
  return merged;
}

function objectOr(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
