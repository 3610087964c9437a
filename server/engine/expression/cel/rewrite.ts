import { isPrototypeKey } from "@/lib/json";
import { ExpressionError } from "../expression-error";
import { isScopeName, SCOPE_NAMES, type ScopeName } from "../scope";
import { APPEND, BOUNDED, COLLECTOR } from "./functions";
import type { Node, Parsed } from "./library";

export type ExpressionMode = "condition" | "value";

/** Functions and operators that an expression may use; everything else is refused by name. */
const ALLOWED_CALLS: ReadonlySet<string> = new Set([
  "_&&_",
  "_||_",
  "!_",
  "_==_",
  "_!=_",
  "_<_",
  "_<=_",
  "_>_",
  "_>=_",
  "_+_",
  "_-_",
  "_*_",
  "_/_",
  "_%_",
  "-_",
  "@in",
  "_[_]",
  "_?_:_",
  "size",
  "contains",
  "startsWith",
  "endsWith",
  "int",
  "double",
  "string",
  "bool",
  "timestamp",
  "duration",
]);

const ALLOWED_MACROS: ReadonlySet<string> = new Set(["map", "filter"]);

interface Walk {
  parsed: Parsed;
  /** Names of the scope that were met. */
  names: Set<ScopeName>;
  mode: ExpressionMode;
  /** Variables of `map` and `filter` around the node. */
  variables: readonly string[];
  insideLoop: boolean;
}

/**
 * Checks the parsed expression against the allow-list, and changes it in place where ours differs from the library's:
 * `context.initial_data` becomes `initial_data`, `map` and `filter` become linear and bounded. Throws ExpressionError.
 */
export function checkAndRewrite(parsed: Parsed, mode: ExpressionMode): { node: Node; names: ReadonlySet<ScopeName> } {
  if (!parsed.expr) throw new ExpressionError("The expression is empty");
  const names = new Set<ScopeName>();
  visit(parsed.expr, { parsed, names, mode, variables: [], insideLoop: false });
  return { node: parsed.expr, names };
}

function visit(node: Node, walk: Walk): void {
  const kind = node.exprKind;
  switch (kind.case) {
    case "constExpr":
      return checkConstant(node, walk);
    case "identExpr":
      return checkName(node, kind.value.name, walk);
    case "selectExpr":
      return visitSelect(node, walk);
    case "callExpr":
      if (!ALLOWED_CALLS.has(kind.value.function)) throw refuse(node, walk, unknownFunction(kind.value.function));
      if (kind.value.target) visit(kind.value.target, walk);
      for (const argument of kind.value.args) visit(argument, walk);
      return;
    case "listExpr":
      for (const element of kind.value.elements) visit(element, walk);
      return;
    case "structExpr":
      return visitMap(node, walk);
    case "comprehensionExpr":
      return visitComprehension(node, walk);
    default:
      throw refuse(node, walk, "This is not allowed in an expression");
  }
}

function checkConstant(node: Node, walk: Walk): void {
  if (node.exprKind.case !== "constExpr") return;
  const kind = node.exprKind.value.constantKind.case;
  if (kind === "bytesValue" || kind === "uint64Value")
    throw refuse(node, walk, "Bytes and unsigned numbers are not allowed");
}

function checkName(node: Node, name: string, walk: Walk): void {
  if (walk.variables.includes(name)) return;
  if (isScopeName(name)) {
    walk.names.add(name);
    return;
  }
  throw refuse(
    node,
    walk,
    `Unknown name '${name}'. Known are: ${SCOPE_NAMES.join(", ")}. A text needs quotes: '${name}'`,
  );
}

function visitSelect(node: Node, walk: Walk): void {
  if (node.exprKind.case !== "selectExpr") return;
  const select = node.exprKind.value;
  if (!select.operand) throw refuse(node, walk, "A field needs an object before the dot");
  if (isPrototypeKey(select.field)) throw refuse(node, walk, `The field '${select.field}' is not allowed`);
  const operand = select.operand.exprKind;
  const legacy =
    operand.case === "identExpr" && operand.value.name === "context" && !walk.variables.includes("context");
  if (!legacy) return visit(select.operand, walk);
  checkName(node, select.field, walk);
  node.exprKind = { case: "identExpr", value: { $typeName: "cel.expr.Expr.Ident", name: select.field } };
}

function visitMap(node: Node, walk: Walk): void {
  if (node.exprKind.case !== "structExpr") return;
  if (node.exprKind.value.messageName !== "")
    throw refuse(node, walk, "Messages are not allowed; write a map: {'key': value}");
  for (const entry of node.exprKind.value.entries) {
    const key = entry.keyKind.case === "mapKey" ? entry.keyKind.value : undefined;
    if (!key || !entry.value) throw refuse(node, walk, "A map needs keys and values: {'key': value}");
    if (key.exprKind.case === "constExpr" && isPrototypeKey(String(key.exprKind.value.constantKind.value))) {
      throw refuse(key, walk, `The key '${key.exprKind.value.constantKind.value}' is not allowed`);
    }
    visit(key, walk);
    visit(entry.value, walk);
  }
}

function visitComprehension(node: Node, walk: Walk): void {
  if (node.exprKind.case !== "comprehensionExpr") return;
  const macro = walk.parsed.sourceInfo?.macroCalls[node.id.toString()]?.exprKind;
  const name = macro?.case === "callExpr" ? macro.value.function : "comprehension";
  if (!ALLOWED_MACROS.has(name)) throw refuse(node, walk, unknownFunction(name));
  if (walk.mode === "condition")
    throw refuse(node, walk, `'${name}' is not allowed in a condition; compute it in a set state before`);
  if (walk.insideLoop) throw refuse(node, walk, `'${name}' inside map or filter is not allowed`);
  const loop = node.exprKind.value;
  if (!loop.iterRange || !loop.loopStep || isPrototypeKey(loop.iterVar) || loop.iterVar === loop.accuVar) {
    throw refuse(node, walk, `'${name}' needs a list, a variable and an expression: list.${name}(x, x.field)`);
  }
  visit(loop.iterRange, walk);
  const inner: Walk = { ...walk, insideLoop: true, variables: [...walk.variables, loop.iterVar] };
  collectInto(loop.loopStep, loop.accuVar, inner);
  loop.accuInit = call(node.id, COLLECTOR, []);
  loop.iterRange = call(loop.iterRange.id, BOUNDED, [loop.iterRange]);
}

/** The step is `acc + [element]`, or `test ? acc + [element] : acc`: visits the parts a person wrote, and appends instead. */
function collectInto(step: Node, accumulator: string, walk: Walk): void {
  if (step.exprKind.case !== "callExpr") throw refuse(step, walk, "This form of map or filter is not allowed");
  const { function: name, args } = step.exprKind.value;
  if (name === "_?_:_" && args[0] && args[1]) {
    visit(args[0], walk);
    return collectInto(args[1], accumulator, walk);
  }
  const list = args[1]?.exprKind;
  const element = list?.case === "listExpr" ? list.value.elements[0] : undefined;
  if (name !== "_+_" || !args[0] || !element) throw refuse(step, walk, "This form of map or filter is not allowed");
  visit(element, walk);
  step.exprKind = call(step.id, APPEND, [args[0], element]).exprKind;
}

function call(id: bigint, name: string, args: Node[]): Node {
  const value = { $typeName: "cel.expr.Expr.Call" as const, function: name, args };
  return { $typeName: "cel.expr.Expr", id, exprKind: { case: "callExpr", value } };
}

function unknownFunction(name: string): string {
  if (name === "matches") return "'matches' is not allowed; use contains, startsWith or endsWith";
  return `'${name}' is not allowed. Known are: size, contains, startsWith, endsWith, has, int, double, string, bool, timestamp, duration, map, filter`;
}

function refuse(node: Node, walk: Walk, message: string): ExpressionError {
  return new ExpressionError(message, { position: walk.parsed.sourceInfo?.positions[node.id.toString()] });
}
