/** True for a pattern of names, as opposed to one name. */
export function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

/** `*` is any number of characters, `?` is one. */
export function matchesPattern(name: string, pattern: string): boolean {
  const source = [...pattern].map((sign) => (sign === "*" ? ".*" : sign === "?" ? "." : escaped(sign))).join("");
  return new RegExp(`^${source.replaceAll(/(?:\.\*)+/g, ".*")}$`, "su").test(name);
}

function escaped(sign: string): string {
  return sign.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}
