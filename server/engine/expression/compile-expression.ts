import { type Parsed, parse } from "./cel/library";
import { type Operand, operandsOf } from "./cel/operands";
import { type Program, planProgram } from "./cel/program";
import { checkAndRewrite, type ExpressionMode } from "./cel/rewrite";
import { ExpressionError } from "./expression-error";
import { preScan } from "./pre-scan";
import { isScopeName, type ScopeName } from "./scope";

export type { ExpressionMode } from "./cel/rewrite";

/** A condition or value, checked and planned; immutable, shared by all that have the same text. */
export interface CompiledExpression {
  readonly text: string;
  readonly mode: ExpressionMode;
  readonly program: Program;
  /** Names of the scope that it mentions. */
  readonly names: ReadonlySet<ScopeName>;
  /** What a condition reads; empty in value mode. */
  readonly operands: readonly Operand[];
}

const MAX_CACHED = 10_000;
const cache = new Map<string, CompiledExpression>();

/**
 * Compiles a condition (`map` and `filter` refused) or a value. Cached by text, so a second call costs a look-up.
 * Throws an ExpressionError naming the position when it is known.
 */
export function compileExpression(text: string, options: { mode: ExpressionMode }): CompiledExpression {
  const key = `${options.mode}:${text}`;
  const known = cache.get(key);
  if (known) return known;
  const compiled = compile(text, options.mode);
  const oldest = cache.size >= MAX_CACHED ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(key, compiled);
  return compiled;
}

function compile(text: string, mode: ExpressionMode): CompiledExpression {
  const shown = text.length > 200 ? `${text.slice(0, 199)}…` : text;
  try {
    preScan(text);
    const { node, names } = checkAndRewrite(parseText(quoteLegacyText(text)), mode);
    return { text, mode, names, program: planProgram(node), operands: mode === "condition" ? operandsOf(node) : [] };
  } catch (error) {
    if (error instanceof ExpressionError) throw error.within({ expression: shown });
    throw new ExpressionError(`The expression cannot be read: ${(error as Error).message}`, {
      expression: shown,
      cause: error,
    });
  }
}

function parseText(text: string): Parsed {
  try {
    return parse(text);
  } catch (error) {
    const position = (error as { location?: { start?: { offset?: number } } }).location?.start?.offset;
    const hint = hintFor(text);
    const near = position === undefined ? "" : ` at character ${position + 1}${nearText(text, position)}`;
    throw new ExpressionError(`The expression cannot be read${near}${hint}`, { position, cause: error });
  }
}

function nearText(text: string, position: number): string {
  const near = text.slice(position, position + 20).trim();
  return near === "" ? " (it ends too early)" : `, near '${near}'`;
}

/** The usual slips of people who know other languages. */
function hintFor(text: string): string {
  const bare = text.replace(/'[^']*'|"[^"]*"/g, "''");
  if (/[=!]==/.test(bare)) return ". Compare with == or !=";
  if (/[^=!<>]=(?!=)/.test(bare)) return ". Compare with ==";
  if (/\b(and|or|not)\b/i.test(bare)) return ". Write && for and, || for or, ! for not";
  if (/(?:[=!<>]=|[<>+*/%-]|&&|\|\|)\s*$/.test(bare)) return ". A value must follow the last operator";
  return "";
}

/**
 * The reference's form `context.<area>.<field> <op> word` takes a bare word for a text; here texts have quotes. Only
 * that whole form is mapped; `context.` before a name is dropped later, in the tree.
 */
function quoteLegacyText(text: string): string {
  const match = /^(\s*context\.\w+\.\w+\s*(?:==|!=|>=|<=|>|<)\s*)([A-Za-z_][\w-]*)\s*$/.exec(text);
  if (!match || ["true", "false", "null"].includes(match[2] as string) || isScopeName(match[2] as string)) return text;
  return `${match[1]}'${match[2]}'`;
}
