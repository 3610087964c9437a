import type { JsonObject, JsonValue } from "@/lib/json";
import { OutputMeter } from "./cel/to-json";
import { type CompiledExpression, compileExpression } from "./compile-expression";
import { evaluateValue } from "./evaluate";
import { ExpressionError } from "./expression-error";
import type { ExpressionScope } from "./scope";
import { scanTemplate } from "./template-scan";

/** JSON with `${…}` in its texts, compiled. Parts without expressions are kept as they are. */
export type CompiledTemplate =
  | { kind: "literal"; value: JsonValue }
  | { kind: "expression"; path: string; expression: CompiledExpression }
  | { kind: "text"; path: string; pieces: (string | CompiledExpression)[] }
  | { kind: "list"; items: CompiledTemplate[] }
  | { kind: "object"; entries: [key: string, value: CompiledTemplate][] };

export interface TemplateOptions {
  /** Prefix of the paths in errors: `params`. */
  path?: string;
  /** Takes each error instead of a throw at the first; the faulty text is then kept as a literal. */
  onProblem?: (error: ExpressionError) => void;
}

/**
 * Compiles any JSON: a text that is one `${…}` keeps the value's type, else text is joined; `$${` is a literal `${`.
 * Keys are literal. Throws an ExpressionError with the path of the text in it.
 */
export function compileTemplate(json: JsonValue, options: TemplateOptions = {}): CompiledTemplate {
  return compileNode(json, options.path ?? "", options);
}

/** True when nothing in it depends on the scope. */
export function isLiteral(template: CompiledTemplate): template is { kind: "literal"; value: JsonValue } {
  return template.kind === "literal";
}

/** Fills in a template. Throws an ExpressionError with path and expression when a value is missing or fails. */
export function evaluateTemplate(
  template: CompiledTemplate,
  scope: ExpressionScope,
  meter = new OutputMeter(),
): JsonValue {
  switch (template.kind) {
    case "literal":
      return template.value;
    case "expression":
      return valueAt(template.expression, template.path, scope, meter);
    case "text":
      return template.pieces
        .map((piece) => (typeof piece === "string" ? piece : asText(valueAt(piece, template.path, scope, meter))))
        .join("");
    case "list":
      return template.items.map((item) => evaluateTemplate(item, scope, meter));
    case "object": {
      const out: JsonObject = {};
      for (const [key, value] of template.entries) out[key] = evaluateTemplate(value, scope, meter);
      return out;
    }
  }
}

/** The expressions of a template, in order. */
export function expressionsOf(template: CompiledTemplate): CompiledExpression[] {
  switch (template.kind) {
    case "literal":
      return [];
    case "expression":
      return [template.expression];
    case "text":
      return template.pieces.filter((piece) => typeof piece !== "string");
    case "list":
      return template.items.flatMap(expressionsOf);
    case "object":
      return template.entries.flatMap(([, value]) => expressionsOf(value));
  }
}

function compileNode(json: JsonValue, path: string, options: TemplateOptions): CompiledTemplate {
  if (typeof json === "string") return compileText(json, path, options);
  if (Array.isArray(json)) {
    const items = json.map((item, index) => compileNode(item, `${path}[${index}]`, options));
    return items.every(isLiteral) ? literalOf(items.map((item) => item.value)) : { kind: "list", items };
  }
  if (typeof json !== "object" || json === null) return literalOf(json);
  const entries = Object.keys(json).map((key): [string, CompiledTemplate] => [
    key,
    compileNode(json[key] as JsonValue, path === "" ? key : `${path}.${key}`, options),
  ]);
  if (entries.some(([, value]) => !isLiteral(value))) return { kind: "object", entries };
  return literalOf(Object.fromEntries(entries.map(([key, value]) => [key, (value as { value: JsonValue }).value])));
}

function compileText(text: string, path: string, options: TemplateOptions): CompiledTemplate {
  if (!text.includes("${")) return literalOf(text);
  try {
    const pieces = scanTemplate(text).map((piece) =>
      piece.kind === "text" ? piece.text : compileExpression(piece.text, { mode: "value" }),
    );
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined) {
      return typeof only === "string" ? literalOf(only) : { kind: "expression", path, expression: only };
    }
    return { kind: "text", path, pieces };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const located = error.within({ path });
    if (!options.onProblem) throw located;
    options.onProblem(located);
    return literalOf(text);
  }
}

function literalOf(value: JsonValue): CompiledTemplate {
  return { kind: "literal", value };
}

function valueAt(expression: CompiledExpression, path: string, scope: ExpressionScope, meter: OutputMeter): JsonValue {
  try {
    return evaluateValue(expression, scope, meter);
  } catch (error) {
    throw error instanceof ExpressionError ? error.within({ path }) : error;
  }
}

/** How a value reads inside a text: null is empty, lists and objects are JSON. */
function asText(value: JsonValue): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
