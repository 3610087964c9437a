import type { ErrorObject } from "ajv";

/** A fault of data against a JSON Schema. `field` is a path (`items[2].price`), empty for the whole. */
export interface FieldProblem {
  field: string;
  message: string;
  fix: string;
}

const MAX_PROBLEMS = 50;

/** Says a validator's errors in the words of the reference, each with what to do. */
export function fieldProblems(errors: readonly ErrorObject[], data: unknown): FieldProblem[] {
  const parents = new Set(["if", "allOf", "propertyNames"]);
  const said = new Map<string, FieldProblem>();
  for (const error of errors) {
    if (parents.has(error.keyword) && errors.length > 1) continue;
    const problem = describe(error, data);
    const key = `${problem.field}: ${problem.message}`;
    if (!said.has(key)) said.set(key, problem);
    if (said.size >= MAX_PROBLEMS) break;
  }
  return [...said.values()];
}

function describe(error: ErrorObject, data: unknown): FieldProblem {
  const segments = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"));
  const path = pathOf(segments, data);
  const parameters = error.params as Record<string, unknown>;
  const within = (name: string) => (path === "" ? name : `${path}.${name}`);
  switch (error.keyword) {
    case "required": {
      const field = within(String(parameters.missingProperty));
      return { field, message: `Missing required field: '${field}'`, fix: `Add '${field}'` };
    }
    case "additionalProperties":
    case "unevaluatedProperties": {
      const field = within(String(parameters.additionalProperty ?? parameters.unevaluatedProperty));
      return { field, message: `Unexpected field: '${field}'`, fix: `Remove '${field}', or check its spelling` };
    }
    case "type": {
      const expected = [parameters.type].flat().join(" or ");
      return {
        field: path,
        message: prefixed(segments, path, `Expected ${expected}, got ${typeOf(error.data)}`),
        fix: `Give ${withArticle(expected)}`,
      };
    }
    case "enum": {
      const allowed = JSON.stringify(parameters.allowedValues);
      const message = `Value ${shown(error.data)} is not allowed. Must be one of: ${allowed}`;
      return { field: path, message: prefixed(segments, path, message), fix: `Use one of ${allowed}` };
    }
    case "const": {
      const allowed = JSON.stringify(parameters.allowedValue);
      return {
        field: path,
        message: prefixed(segments, path, `Value ${shown(error.data)} is not allowed. Must be ${allowed}`),
        fix: `Use ${allowed}`,
      };
    }
    case "format": {
      const format = String(parameters.format);
      const message = `Value ${shown(error.data)} is not a valid ${format}`;
      return { field: path, message: prefixed(segments, path, message), fix: `Give a valid ${format}` };
    }
    case "uniqueItems":
      return { field: path, message: prefixed(segments, path, "Items must differ"), fix: "Remove the equal ones" };
    default: {
      const rule = error.message ?? `breaks the rule '${error.keyword}'`;
      return {
        field: path,
        message: prefixed(segments, path, `Value ${shown(error.data)} ${rule}`),
        fix: `Change it: it ${rule}`,
      };
    }
  }
}

/** `items[2].price` from a JSON pointer's parts; an index is one only where the data has a list. */
function pathOf(segments: string[], data: unknown): string {
  let path = "";
  let at = data;
  for (const segment of segments) {
    if (Array.isArray(at)) path += `[${segment}]`;
    else path += path === "" ? segment : `.${segment}`;
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[segment] : undefined;
  }
  return path;
}

function prefixed(segments: string[], path: string, message: string): string {
  if (path === "") return message;
  const last = segments.at(-1) ?? "";
  if (path.endsWith(`[${last}]`)) {
    const list = path.slice(0, -`[${last}]`.length);
    return list === "" ? `Item at index ${last}: ${message}` : `Field '${list}': Item at index ${last}: ${message}`;
  }
  return `Field '${path}': ${message}`;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? `'${value}'` : (JSON.stringify(value) ?? "undefined");
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function withArticle(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
