import { MOST_CHIP_CHARACTERS as MOST, withoutScopes } from "@/lib/graph/edge-chip";
import type { JsonValue } from "@/lib/json";

/** The condition without the scopes that everybody knows: `state_history.pii_count > 0` → `pii_count > 0`. */
export function shortCondition(when: string): string {
  return cut(withoutScopes(when), MOST);
}

/** The values that were read: `17`, or `pages=3, size=12` when there are several. Lists and objects by their size. */
export function valuesText(values: Record<string, JsonValue>): string {
  const entries = Object.entries(values);
  const [only] = entries;
  if (entries.length === 1 && only) return valueText(only[1]);
  return cut(entries.map(([path, value]) => `${path.split(".").at(-1)}=${valueText(value)}`).join(", "), MOST);
}

/** All values with their whole paths, for a tooltip. */
export function valuesWithPaths(values: Record<string, JsonValue>): string {
  return Object.entries(values)
    .map(([path, value]) => `${path} = ${cut(JSON.stringify(value), 120)}`)
    .join(", ");
}

function valueText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.length}]`;
  if (typeof value === "object" && value !== null) return `{${Object.keys(value).length}}`;
  return cut(JSON.stringify(value), 16);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
