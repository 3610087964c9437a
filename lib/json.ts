/** Plain data as JSON knows it: what travels, what is stored, what expressions read. */
export type JsonPrimitive = string | number | boolean | null;
export type JsonValue = JsonPrimitive | JsonObject | JsonValue[];
export interface JsonObject {
  [key: string]: JsonValue;
}

/** What is wrong with a piece of JSON, and where (`states.route.cases[0]`; empty for the document itself). */
export interface JsonProblem {
  path: string;
  message: string;
}

export type SafeJson = { ok: true; value: JsonValue } | { ok: false; problem: JsonProblem };

/** How deep objects and lists may nest, unless a caller says otherwise. */
export const DEFAULT_MAX_DEPTH = 64;

const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Keys that could reach an object's prototype in careless code; refused wherever data comes in. */
export function isPrototypeKey(key: string): boolean {
  return PROTOTYPE_KEYS.has(key);
}

/** True for objects that are neither null nor lists. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * `JSON.parse` for text from outside. Refuses text that is not JSON, nesting beyond `maxDepth`, prototype keys, and
 * what Postgres cannot store (NUL characters, lone surrogates, numbers beyond a double's range), naming the path.
 */
export function safeParseJson(text: string, options: { maxDepth?: number } = {}): SafeJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, problem: { path: "", message: `Not valid JSON: ${(error as Error).message}` } };
  }
  const problem = findJsonProblem(value, options);
  return problem ? { ok: false, problem } : { ok: true, value: value as JsonValue };
}

/**
 * The first thing in `value` that may not be stored or sent, or null when all of it is plain JSON: the same rules as
 * `safeParseJson`, for data that is already parsed. Cycles end at `maxDepth`.
 */
export function findJsonProblem(value: unknown, options: { maxDepth?: number } = {}): JsonProblem | null {
  return visit(value, "", options.maxDepth ?? DEFAULT_MAX_DEPTH);
}

function visit(value: unknown, path: string, depthLeft: number): JsonProblem | null {
  if (value === null || typeof value === "boolean") return null;
  if (typeof value === "string") return textProblem(value, path, "");
  if (typeof value === "number") {
    return Number.isFinite(value) ? null : { path, message: "The number is out of range" };
  }
  if (typeof value !== "object") return { path, message: `A ${typeof value} is not JSON` };
  if (depthLeft <= 0) return { path: shorten(path), message: "Nested too deeply" };
  if (Array.isArray(value)) return visitList(value, path, depthLeft);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    return { path, message: `A ${prototype.constructor?.name ?? "class instance"} is not JSON` };
  }
  return visitObject(value as Record<string, unknown>, path, depthLeft);
}

function visitList(list: unknown[], path: string, depthLeft: number): JsonProblem | null {
  for (let index = 0; index < list.length; index++) {
    const problem = visit(list[index], `${path}[${index}]`, depthLeft - 1);
    if (problem) return problem;
  }
  return null;
}

function visitObject(object: Record<string, unknown>, path: string, depthLeft: number): JsonProblem | null {
  for (const key of Object.keys(object)) {
    const keyPath = path === "" ? key : `${path}.${key}`;
    if (isPrototypeKey(key)) return { path: keyPath, message: `The key '${key}' is not allowed` };
    const problem = textProblem(key, path, "key ") ?? visit(object[key], keyPath, depthLeft - 1);
    if (problem) return problem;
  }
  return null;
}

function textProblem(text: string, path: string, what: string): JsonProblem | null {
  if (text.includes("\u0000")) return { path, message: `The ${what}text contains a NUL character (\\u0000)` };
  if (/\p{Surrogate}/u.test(text)) return { path, message: `The ${what}text is not valid Unicode (a lone surrogate)` };
  return null;
}

function shorten(path: string): string {
  return path.length <= 80 ? path : `${path.slice(0, 77)}...`;
}
