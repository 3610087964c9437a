import { BridgeError } from "./bridge-error";

/** Where a value is no plain JSON, and why. */
export interface JsonFault {
  /** As in `rows.3.when`; empty for the value itself. */
  path: string;
  message: string;
}

const MAX_DEPTH = 200;

/**
 * `value` as JSON text, or what in it JSON cannot carry. Members that are undefined are left out, as JSON does; undefined
 * itself becomes null.
 */
export function jsonText(value: unknown): { text: string } | { fault: JsonFault } {
  if (value === undefined) return { text: "null" };
  if (typeof value === "string" || typeof value === "boolean" || value === null) return { text: JSON.stringify(value) };
  const fault = findFault(value, 0);
  if (fault) return { fault: { path: fault.path.join("."), message: fault.message } };
  return { text: JSON.stringify(value) };
}

/** What a task returned, as JSON text. Throws RESULT_NOT_SERIALIZABLE with the path of what cannot be carried. */
export function toJsonText(result: unknown): string {
  const packed = jsonText(result);
  if ("text" in packed) return packed.text;
  const { path, message } = packed.fault;
  const place = path === "" ? "The result" : `The result's "${path}"`;
  throw new BridgeError("RESULT_NOT_SERIALIZABLE", `${place} cannot travel: ${message}`, { path });
}

/** The path is put together on the way back: it is only needed where something is wrong. */
function findFault(value: unknown, depth: number): { path: string[]; message: string } | null {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case "string":
    case "boolean":
      return null;
    case "number":
      return Number.isFinite(value) ? null : { path: [], message: `${value} is no JSON number` };
    case "object":
      return depth >= MAX_DEPTH
        ? { path: [], message: "it is circular, or nested too deeply" }
        : findFaultInside(value, depth);
    default:
      return { path: [], message: `a ${typeof value} is no JSON` };
  }
}

function findFaultInside(value: object, depth: number): { path: string[]; message: string } | null {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const fault = value[index] === undefined ? missing() : findFault(value[index], depth + 1);
      if (fault) return under(String(index), fault);
    }
    return null;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
    return { path: [], message: `a ${value.constructor?.name ?? "class instance"} is no JSON` };
  }
  for (const key of Object.keys(value)) {
    const fault = findFault((value as Record<string, unknown>)[key], depth + 1);
    if (fault) return under(key, fault);
  }
  return null;
}

function missing(): { path: string[]; message: string } {
  return { path: [], message: "undefined is no JSON" };
}

function under(key: string, fault: { path: string[]; message: string }): { path: string[]; message: string } {
  // A circular value would name its way round and round.
  if (fault.path.length < 8) fault.path.unshift(key);
  return fault;
}
