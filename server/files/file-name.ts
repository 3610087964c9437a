const MAX_NAME_CHARACTERS = 200;

// Control characters, and the marks that turn the reading direction: "cod\u202Efdp.exe" would be shown as "codexe.pdf".
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A name fit to be shown and to be sent in a header: the last part of a path, NFC, without control or direction marks,
 * at most 200 characters with the extension kept. `"file"` when nothing is left.
 */
export function cleanFileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  const clean = last
    .replace(/\p{Cs}/gu, "\ufffd")
    .normalize("NFC")
    .replace(INVISIBLE, "")
    .trim();
  if (clean === "" || /^\.+$/.test(clean)) return "file";
  const characters = [...clean];
  if (characters.length <= MAX_NAME_CHARACTERS) return clean;
  const extension = [...extensionOf(clean)].slice(0, 12);
  return [...characters.slice(0, MAX_NAME_CHARACTERS - extension.length), ...extension].join("");
}

/** The extension with its dot, in lower case; empty when the name has none. */
export function extensionOf(name: string): string {
  return /\.[^.]+$/.exec(name)?.[0].toLowerCase() ?? "";
}
