import { isPrototypeKey, type JsonObject, type JsonValue } from "@/lib/json";
import { ExpressionError } from "../expression-error";
import { type CelList, type CelMap, type CelValue, celEnv, celType, isCelList, isCelMap, parse, plan } from "./library";
import { sourceOf } from "./views";

/** What one expression or template may give: characters of text plus eight for each value. */
const MAX_WEIGHT = 4 * 1024 * 1024;

const asText = plan(celEnv(), parse("string(value)"));

/** Counts the size of what an evaluation gives; one for all expressions of a template. */
export class OutputMeter {
  private weight = 0;

  add(weight: number): void {
    this.weight += weight;
    if (this.weight > MAX_WEIGHT) throw new ExpressionError("The result is too large: 4 MiB at most");
  }
}

/**
 * A library value as plain JSON: ints become numbers, timestamps ISO 8601, durations `3600s`. What came from the scope
 * is given back as it is, not copied. Throws an ExpressionError for what JSON cannot hold.
 */
export function toJson(value: CelValue, meter: OutputMeter): JsonValue {
  meter.add(8);
  switch (typeof value) {
    case "bigint":
      return Number(value);
    case "number":
      if (!Number.isFinite(value)) throw new ExpressionError("The result is not a finite number");
      return value;
    case "string":
      meter.add(value.length);
      return value;
    case "boolean":
      return value;
    default:
      break;
  }
  if (value === null) return null;
  if (isCelList(value)) return listToJson(value, meter);
  if (isCelMap(value)) return mapToJson(value, meter);
  return instantToJson(value);
}

function listToJson(list: CelList, meter: OutputMeter): JsonValue {
  const source = sourceOf(list);
  if (source !== undefined) return weighed(source, meter);
  const out: JsonValue[] = [];
  for (const element of list) out.push(toJson(element, meter));
  return out;
}

function mapToJson(map: CelMap, meter: OutputMeter): JsonValue {
  const source = sourceOf(map);
  if (source !== undefined) return weighed(source, meter);
  const out: JsonObject = {};
  for (const [key, value] of map) {
    const name = String(key);
    if (isPrototypeKey(name)) throw new ExpressionError(`The key '${name}' is not allowed`);
    meter.add(name.length);
    out[name] = toJson(value, meter);
  }
  return out;
}

function instantToJson(value: CelValue): JsonValue {
  const text = asText({ value });
  if (typeof text !== "string") throw new ExpressionError(`A ${celType(value).name} cannot be a result`);
  return celType(value).name === "google.protobuf.Timestamp" ? new Date(text).toISOString() : text;
}

/** Adds the size of `value`; stops at the limit, so a large object repeated often costs no more than the limit. */
export function weighed<T extends JsonValue | undefined>(value: T, meter: OutputMeter): T {
  if (typeof value === "string") meter.add(8 + value.length);
  else if (Array.isArray(value)) {
    meter.add(8);
    for (const element of value) weighed(element, meter);
  } else if (typeof value === "object" && value !== null) {
    meter.add(8);
    for (const key of Object.keys(value)) {
      meter.add(key.length);
      weighed((value as JsonObject)[key], meter);
    }
  } else meter.add(8);
  return value;
}
