import { ExpressionError } from "./expression-error";

/** Limits on an expression's text, checked in one linear pass before the parser sees it: the parser recurses. */
export const MAX_EXPRESSION_LENGTH = 1000;
export const MAX_NESTING = 32;

const CLOSING: Record<string, string> = { "(": ")", "[": "]", "{": "}" };

/** Refuses text that is too long, nests too deeply, or leaves a bracket or a text open. */
export function preScan(text: string): void {
  if (text.length > MAX_EXPRESSION_LENGTH) {
    throw new ExpressionError(
      `An expression may have ${MAX_EXPRESSION_LENGTH} characters at most, this one has ${text.length}`,
    );
  }
  if (text.trim() === "") throw new ExpressionError("The expression is empty");
  if (text.includes("\u0000")) throw new ExpressionError("The expression contains a NUL character");
  const open: { bracket: string; at: number }[] = [];
  let unary = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "'" || char === '"') {
      at = skipText(text, at) - 1;
    } else if (char in CLOSING) {
      open.push({ bracket: char, at });
    } else if (char === ")" || char === "]" || char === "}") {
      const last = open.pop();
      if (!last || CLOSING[last.bracket] !== char)
        throw new ExpressionError(`The bracket '${char}' closes nothing`, { position: at });
    }
    unary = char === "!" || char === "-" ? unary + 1 : char.trim() === "" ? unary : 0;
    if (open.length > MAX_NESTING || unary > MAX_NESTING) {
      throw new ExpressionError(`The expression nests deeper than ${MAX_NESTING}`, { position: at });
    }
  }
  const last = open.pop();
  if (last) throw new ExpressionError(`The bracket '${last.bracket}' is not closed`, { position: last.at });
}

/**
 * The position after the text that starts with the quote at `start`: single or triple quotes, raw (`r'…'`) or with
 * escapes. Throws an ExpressionError when it never ends.
 */
export function skipText(text: string, start: number): number {
  const quote = text[start] as string;
  const end = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  const raw = /(?:^|[^A-Za-z0-9_])[bB]?[rR]$/.test(text.slice(Math.max(0, start - 3), start));
  let at = start + end.length;
  while (at < text.length) {
    if (text.startsWith(end, at)) return at + end.length;
    at += text[at] === "\\" && !raw ? 2 : 1;
  }
  throw new ExpressionError("The text is not closed: a quote is missing", { position: start });
}
