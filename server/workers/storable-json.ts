import { DEFAULT_MAX_DEPTH, isJsonObject, type JsonValue } from "@/lib/json";

/**
 * A copy of a worker's data that Postgres can store: NUL characters and lone surrogates become U+FFFD. Worker results
 * are mended rather than refused, because a result that cannot be stored would strand its job. Give the JSON text of
 * the value when it is at hand: it tells at once that there is nothing to mend.
 */
export function makeStorable(value: JsonValue, text?: string): JsonValue {
  if (text !== undefined && !/\\u(?:0000|d[89a-f])|\p{Surrogate}/iu.test(text)) return value;
  return mended(value, DEFAULT_MAX_DEPTH);
}

/** The text with U+FFFD in place of NUL characters and lone surrogates. */
export function storableText(text: string): string {
  return text.replaceAll(/[\0\p{Surrogate}]/gu, "\uFFFD");
}

/** What nests deeper than may be stored is left alone; the check that comes later refuses it. */
function mended(value: JsonValue, depthLeft: number): JsonValue {
  if (typeof value === "string") return storableText(value);
  if (depthLeft <= 0) return value;
  if (Array.isArray(value)) return value.map((item) => mended(item, depthLeft - 1));
  if (!isJsonObject(value)) return value;
  // fromEntries makes a member of any name, `__proto__` included, so that the check that comes later still sees it.
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [storableText(key), mended(member, depthLeft - 1)]),
  );
}
