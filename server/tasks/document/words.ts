/** The words of a text as written: letters, with apostrophes and hyphens inside. */
export function wordsOf(text: string): string[] {
  return text.match(/\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*/gu) ?? [];
}

/** How many sentences a text has, at least one where there are words: ends of sentences and paragraphs between words. */
export function sentenceCount(text: string): number {
  return text.split(/[.!?…。！？]+["'»”’)\]]*(?:\s+|$)|\n\s*\n/u).filter((part) => /\p{L}/u.test(part)).length;
}
