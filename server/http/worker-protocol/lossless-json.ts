/** A number as it was written: its digits, none of them lost. */
export class NumberText {
  constructor(readonly text: string) {}
}

export type LosslessJson = string | boolean | null | NumberText | LosslessJson[] | Map<string, LosslessJson>;

/** Of lists and objects in each other. */
export const MAX_DEPTH = 64;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\.)*"/uy;

/**
 * Reads JSON without turning numbers into doubles, because a signature covers the digits that were sent. Throws a
 * SyntaxError for what is not JSON or nests beyond 64. Of a repeated key the last one counts, as in `JSON.parse`.
 */
export function parseLossless(text: string): LosslessJson {
  let at = 0;

  function match(pattern: RegExp): string | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) return null;
    at = pattern.lastIndex;
    return found[0];
  }

  function fail(): never {
    throw new SyntaxError(`Not valid JSON at character ${at}`);
  }

  function expect(sign: string): void {
    match(SPACE);
    if (text[at] !== sign) fail();
    at++;
  }

  function takes(sign: string): boolean {
    match(SPACE);
    if (text[at] !== sign) return false;
    at++;
    return true;
  }

  function string(): string {
    const found = match(STRING) ?? fail();
    return JSON.parse(found) as string;
  }

  function word(word: string): boolean {
    if (!text.startsWith(word, at)) return false;
    at += word.length;
    return true;
  }

  function value(depth: number): LosslessJson {
    if (depth > MAX_DEPTH) throw new SyntaxError("The JSON is nested too deeply");
    match(SPACE);
    if (takes("{")) return object(depth);
    if (takes("[")) return list(depth);
    if (text[at] === '"') return string();
    if (word("true")) return true;
    if (word("false")) return false;
    if (word("null")) return null;
    return new NumberText(match(NUMBER) ?? fail());
  }

  function object(depth: number): Map<string, LosslessJson> {
    const members = new Map<string, LosslessJson>();
    if (takes("}")) return members;
    do {
      match(SPACE);
      const key = string();
      expect(":");
      members.set(key, value(depth + 1));
    } while (takes(","));
    expect("}");
    return members;
  }

  function list(depth: number): LosslessJson[] {
    const items: LosslessJson[] = [];
    if (takes("]")) return items;
    do items.push(value(depth + 1));
    while (takes(","));
    expect("]");
    return items;
  }

  const result = value(0);
  match(SPACE);
  if (at !== text.length) fail();
  return result;
}
