/** A language by its name in the reader's language: `es` is "Spanish". Codes that the browser doesn't know stay as they are. */
export function languageName(code: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language", fallback: "code" }).of(code) ?? code;
  } catch {
    // Not a language tag ("und", or something that a file made up).
    return code;
  }
}
