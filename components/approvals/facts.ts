import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";

/** A figure or a short word that a job has gathered. */
export interface Fact {
  name: string;
  value: string | number;
}

const MOST_FACTS = 5;
const LONGEST = 40;

/**
 * What fits on a line above the decision: the first figures and short words of the state history, its own members first,
 * then those one level down (a report's totals, for example).
 */
export function factsOf(history: JsonObject): Fact[] {
  const own = shortOnes(history);
  const inner = Object.values(history).flatMap((value) =>
    isJsonObject(value)
      ? [...shortOnes(value), ...Object.values(value).flatMap((each) => (isJsonObject(each) ? shortOnes(each) : []))]
      : [],
  );
  const seen = new Set<string>();
  return [...own, ...inner]
    .filter(({ name }) => !seen.has(subjectOf(name)) && seen.add(subjectOf(name)))
    .slice(0, MOST_FACTS);
}

function shortOnes(object: JsonObject): Fact[] {
  return Object.entries(object).flatMap(([name, value]) =>
    isShort(value) && !isReference(name) ? [{ name, value }] : [],
  );
}

function isShort(value: JsonValue): value is string | number {
  // What was counted and not found says nothing worth a place.
  if (typeof value === "number") return Number.isFinite(value) && value !== 0;
  return typeof value === "string" && value.length > 0 && value.length <= LONGEST;
}

/** `file_count` and `files` are about the same. */
function subjectOf(name: string): string {
  return name.replace(/_count$/, "").replace(/s$/, "");
}

/** Ids say nothing to a person who decides. */
function isReference(name: string): boolean {
  return /(^|_)(id|blob|hash|sha256|url)$/i.test(name);
}
