import type { JsonValue } from "@/lib/json";
import type { ExpressionScope } from "../scope";
import type { Node } from "./library";

/** A path that an expression reads: `state_history.scores[0]`. A step may itself be read from the scope. */
export interface Operand {
  text: string;
  root: string;
  steps: (string | number | Operand)[];
}

/** The paths that a condition reads, the longest of each chain, in order of appearance, without repeats. */
export function operandsOf(node: Node): Operand[] {
  const found = new Map<string, Operand>();
  collect(node, found);
  return [...found.values()];
}

/** What stands at `operand`; undefined when a part of the way is missing. Own properties only. */
export function readOperand(operand: Operand, scope: ExpressionScope): JsonValue | undefined {
  let value: JsonValue | undefined = scope[operand.root as keyof ExpressionScope];
  for (const step of operand.steps) {
    const key = typeof step === "object" ? readOperand(step, scope) : step;
    if (typeof value !== "object" || value === null) return undefined;
    if (typeof key !== "string" && typeof key !== "number") return undefined;
    value = Object.hasOwn(value, key) ? (value as Record<string, JsonValue>)[key] : undefined;
  }
  return value;
}

function collect(node: Node, found: Map<string, Operand>): void {
  const operand = asOperand(node);
  if (operand) {
    found.set(operand.text, operand);
    return;
  }
  const kind = node.exprKind;
  if (kind.case === "selectExpr" && kind.value.operand) collect(kind.value.operand, found);
  if (kind.case === "callExpr") {
    if (kind.value.target) collect(kind.value.target, found);
    for (const argument of kind.value.args) collect(argument, found);
  }
  if (kind.case === "listExpr") for (const element of kind.value.elements) collect(element, found);
  if (kind.case === "structExpr") {
    for (const entry of kind.value.entries) if (entry.value) collect(entry.value, found);
  }
}

function asOperand(node: Node): Operand | null {
  const kind = node.exprKind;
  if (kind.case === "identExpr") return { text: kind.value.name, root: kind.value.name, steps: [] };
  if (kind.case === "selectExpr" && kind.value.operand) {
    const parent = asOperand(kind.value.operand);
    return parent && extend(parent, kind.value.field, `.${kind.value.field}`);
  }
  if (kind.case !== "callExpr" || kind.value.function !== "_[_]") return null;
  const [object, index] = kind.value.args;
  const parent = object && asOperand(object);
  if (!parent || !index) return null;
  if (index.exprKind.case !== "constExpr") {
    const step = asOperand(index);
    return step && extend(parent, step, `[${step.text}]`);
  }
  const constant = index.exprKind.value.constantKind;
  if (constant.case === "stringValue") return extend(parent, constant.value, `[${JSON.stringify(constant.value)}]`);
  if (constant.case === "int64Value") return extend(parent, Number(constant.value), `[${constant.value}]`);
  return null;
}

function extend(parent: Operand, step: Operand["steps"][number], text: string): Operand {
  return { text: parent.text + text, root: parent.root, steps: [...parent.steps, step] };
}
