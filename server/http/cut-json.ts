import type { JsonObject, JsonValue } from "@/lib/json";

const MOST_CHARACTERS = 2_000;
const MOST_ITEMS = 50;
const MOST_DEPTH = 8;

/** Data for people to look at: long texts and lists are cut and say so; the whole is in the job's history. */
export function cutJson(value: JsonObject): JsonObject {
  return cut(value, MOST_DEPTH) as JsonObject;
}

function cut(value: JsonValue, depthLeft: number): JsonValue {
  if (typeof value === "string")
    return value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}… (${value.length} characters)` : value;
  if (typeof value !== "object" || value === null) return value;
  if (depthLeft === 0) return "…";
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_ITEMS).map((item) => cut(item, depthLeft - 1));
    return value.length > MOST_ITEMS ? [...shown, `… (${value.length} items)`] : shown;
  }
  const entries = Object.entries(value);
  const shown = entries.slice(0, MOST_ITEMS).map(([key, inner]) => [key, cut(inner, depthLeft - 1)]);
  if (entries.length > MOST_ITEMS) shown.push(["…", `${entries.length} members`]);
  return Object.fromEntries(shown);
}
