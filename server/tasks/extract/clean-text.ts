// Postgres cannot store NUL, and no reader can show the rest; tab, line feed and form feed (as a break) stay.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
const CONTROL = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g;

/** Text fit to be stored: well-formed, NFC, no control characters, `\n` line ends, no trailing blanks, at most one empty line in a row. */
export function cleanText(text: string): string {
  return text
    .replace(/\p{Cs}/gu, "\ufffd")
    .replace(/\r\n?|\u2028|\u2029|\f/g, "\n")
    .replace(CONTROL, "")
    .replace(/[ \t\u00a0]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .normalize("NFC")
    .trim();
}

/** A title in one line of at most 200 characters; undefined when nothing is left. */
export function cleanTitle(title: unknown): string | undefined {
  if (typeof title !== "string") return undefined;
  const line = cleanText(title).replace(/\s+/g, " ");
  return line === "" ? undefined : [...line].slice(0, 200).join("");
}
