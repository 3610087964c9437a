import type { JsonValue } from "@/lib/json";
import { type Operand, readOperand } from "./cel/operands";
import { OutputMeter, toJson } from "./cel/to-json";
import type { CompiledExpression } from "./compile-expression";
import { ExpressionError } from "./expression-error";
import type { ExpressionScope } from "./scope";

/** What a condition gave, and what it read, for the timeline and the edge of the graph. */
export interface ConditionResult {
  result: boolean;
  /** Path → value: scalars as they are (texts cut at 120 characters), lists and objects as `[3 items]`, `{2 keys}`, a missing one null. */
  values: Record<string, JsonValue>;
  /** Why it counts as false, when not for a missing or null value. */
  error?: string;
}

const MAX_SHOWN = 120;

/** Evaluates a condition. Never throws: a missing field, null or any error is false. */
export function evaluateCondition(expression: CompiledExpression, scope: ExpressionScope): ConditionResult {
  const values: Record<string, JsonValue> = {};
  let incomplete = false;
  for (const operand of expression.operands) {
    const value = readOperand(operand, scope);
    if (value === undefined || value === null) incomplete = true;
    values[operand.text] = shown(operand, value);
  }
  try {
    const result = expression.program(scope);
    if (typeof result === "boolean") return { result, values };
    if (result === null) return { result: false, values };
    return { result: false, values, error: "The condition gives neither true nor false" };
  } catch (error) {
    if (incomplete) return { result: false, values };
    return { result: false, values, error: messageOf(error) };
  }
}

/**
 * Evaluates a value to plain JSON, which may share parts with the scope: treat both as immutable. Throws an
 * ExpressionError for any failure, a missing field included. `meter` bounds several results together.
 */
export function evaluateValue(
  expression: CompiledExpression,
  scope: ExpressionScope,
  meter = new OutputMeter(),
): JsonValue {
  try {
    return toJson(expression.program(scope), meter);
  } catch (error) {
    if (error instanceof ExpressionError) throw error.within({ expression: expression.text });
    throw new ExpressionError(messageOf(error), { expression: expression.text, cause: error });
  }
}

function shown(operand: Operand, value: JsonValue | undefined): JsonValue {
  if (value === undefined) return null;
  if (operand.root === "now" && typeof value === "number") return new Date(value).toISOString();
  if (typeof value === "string") return value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN - 1)}…` : value;
  if (Array.isArray(value)) return value.length === 1 ? "[1 item]" : `[${value.length} items]`;
  if (typeof value === "object" && value !== null) {
    const count = Object.keys(value).length;
    return count === 1 ? "{1 key}" : `{${count} keys}`;
  }
  return value;
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.length > 300 ? `${message.slice(0, 299)}…` : message;
}
