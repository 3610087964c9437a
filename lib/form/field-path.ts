import type { JsonObject, JsonValue } from "@/lib/json";

/** Sets `value` at `path` (`customer.name`), making the objects on the way. The path comes from a schema, never from input. */
export function setAt(target: JsonObject, path: string, value: JsonValue): void {
  const parts = path.split(".");
  const last = parts.pop() as string;
  let at = target;
  for (const part of parts) {
    const next = Object.hasOwn(at, part) ? at[part] : undefined;
    const inner: JsonObject = typeof next === "object" && next !== null && !Array.isArray(next) ? next : {};
    define(at, part, inner);
    at = inner;
  }
  define(at, last, value);
}

/** The value at `path`, undefined when a step is missing. */
export function getAt(target: JsonValue | undefined, path: string): JsonValue | undefined {
  let at = target;
  for (const part of path.split(".")) {
    if (typeof at !== "object" || at === null || Array.isArray(at) || !Object.hasOwn(at, part)) return undefined;
    at = at[part];
  }
  return at;
}

/** A plain assignment to `__proto__` would change the object's prototype instead. */
function define(target: JsonObject, name: string, value: JsonValue) {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * Which of `paths` the server means by `field`: it may carry the prefix of the request (`initial_data.`), an index
 * (`files[0]`, `files.0`) or be a JSON pointer (`/files/0`). Null when it means none of them.
 */
export function fieldMeant(field: string, paths: readonly string[], prefix = ""): string | null {
  const dotted = field
    .replace(/^\//, "")
    .replaceAll("/", ".")
    .replace(/\[(\d+|"[^"]*")\]/g, ".$1");
  const plain = prefix && dotted.startsWith(`${prefix}.`) ? dotted.slice(prefix.length + 1) : dotted;
  const fits = paths.filter((path) => plain === path || plain.startsWith(`${path}.`));
  return fits.sort((a, b) => b.length - a.length)[0] ?? null;
}
