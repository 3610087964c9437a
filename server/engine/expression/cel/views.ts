import type { JsonObject, JsonValue } from "@/lib/json";
import { charge } from "./budget";
import { type CelInput, type CelList, type CelMap, celList, celMap } from "./library";

/** On a view: the JSON it shows, so that a whole object comes out as it went in, without a copy. */
const SOURCE: unique symbol = Symbol("batuta.expression.source");

/**
 * Shows JSON to the library, converting only what is looked at. Integral numbers within ±2^53 become int, others
 * double; objects and lists become views. Only own properties exist.
 */
export function viewOf(value: JsonValue | undefined): CelInput {
  switch (typeof value) {
    case "number":
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case "string":
      charge(value.length >> 8);
      return value;
    case "boolean":
      return value;
    case "undefined":
      return null;
    default:
      break;
  }
  if (value === null) return null;
  if (Array.isArray(value)) {
    charge(value.length);
    return withSource(celList(value.map(viewOf)), value);
  }
  return withSource(celMap(new ObjectView(value)), value);
}

/** The JSON behind a view, or undefined for a list or map that the expression made. */
export function sourceOf(view: CelList | CelMap): JsonValue | undefined {
  return (view as { [SOURCE]?: JsonValue })[SOURCE];
}

function withSource<T extends CelList | CelMap>(view: T, source: JsonValue): T {
  (view as { [SOURCE]?: JsonValue })[SOURCE] = source;
  return view;
}

class ObjectView implements ReadonlyMap<string, CelInput> {
  constructor(private readonly object: JsonObject) {}

  get size(): number {
    return this.ownKeys().length;
  }

  get(key: string): CelInput | undefined {
    return this.has(key) ? viewOf(this.object[key]) : undefined;
  }

  has(key: string): boolean {
    return typeof key === "string" && Object.hasOwn(this.object, key);
  }

  forEach(callback: (value: CelInput, key: string, map: ReadonlyMap<string, CelInput>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  *entries(): MapIterator<[string, CelInput]> {
    for (const key of this.ownKeys()) yield [key, viewOf(this.object[key])];
  }

  keys(): MapIterator<string> {
    return this.ownKeys().values() as MapIterator<string>;
  }

  *values(): MapIterator<CelInput> {
    for (const key of this.ownKeys()) yield viewOf(this.object[key]);
  }

  [Symbol.iterator](): MapIterator<[string, CelInput]> {
    return this.entries();
  }

  private ownKeys(): string[] {
    const keys = Object.keys(this.object);
    charge(keys.length);
    return keys;
  }
}
