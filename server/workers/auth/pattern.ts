/** True for a pattern of names, as opposed to one name. */
export function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

/**
 * `*` is any number of characters, `?` is one. In steps of name times pattern at most: strangers choose the names, and a
 * regular expression of many stars takes as good as for ever over some.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  let at = 0;
  let sign = 0;
  /** Behind the last star, and what that has swallowed up to. */
  let star = -1;
  let swallowed = 0;
  while (at < name.length) {
    if (pattern[sign] === "*") {
      star = ++sign;
      swallowed = at;
    } else if (sign < pattern.length && (pattern[sign] === "?" || pattern[sign] === name[at])) {
      sign++;
      at++;
    } else if (star >= 0) {
      sign = star;
      at = ++swallowed;
    } else return false;
  }
  while (pattern[sign] === "*") sign++;
  return sign === pattern.length;
}
