import { ExpressionError } from "./expression-error";
import { skipText } from "./pre-scan";

/** A piece of a template text: literal, or the expression between `${` and `}`. */
export type TemplatePiece = { kind: "text"; text: string } | { kind: "expression"; text: string };

/** Cuts a text at its `${…}`; `$${` stands for a literal `${`. Throws an ExpressionError when one is not closed. */
export function scanTemplate(text: string): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let literal = "";
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf("${", at);
    if (next < 0) {
      literal += text.slice(at);
      break;
    }
    if (next > at && text[next - 1] === "$") {
      literal += `${text.slice(at, next - 1)}\${`;
      at = next + 2;
      continue;
    }
    literal += text.slice(at, next);
    const end = expressionEnd(text, next + 2);
    if (literal !== "") pieces.push({ kind: "text", text: literal });
    literal = "";
    pieces.push({ kind: "expression", text: text.slice(next + 2, end).trim() });
    at = end + 1;
  }
  if (literal !== "" || pieces.length === 0) pieces.push({ kind: "text", text: literal });
  return pieces;
}

/** The position of the `}` that closes the expression starting at `start`: braces of maps and quoted texts are skipped. */
function expressionEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === "'" || char === '"') at = skipText(text, at) - 1;
    else if (char === "{") depth++;
    else if (char === "}" && depth-- === 0) return at;
  }
  throw new ExpressionError(
    "An expression is not closed: '${' needs a '}' (write '$${' for the characters themselves)",
    { position: start - 2 },
  );
}
