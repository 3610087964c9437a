import { englishSyllables, spanishSyllables } from "@/server/tasks/document/syllables";
import { sentenceCount, wordsOf } from "@/server/tasks/document/words";

/** From the easiest to the hardest; the bounds are Flesch's, shared by both formulas. */
export const readabilityLevels = [
  "very_easy",
  "easy",
  "fairly_easy",
  "standard",
  "fairly_hard",
  "hard",
  "very_hard",
] as const;
export type ReadabilityLevel = (typeof readabilityLevels)[number];

export interface Readability {
  /** `none` for a language without a formula here, and for a text without words. */
  formula: "flesch" | "fernandez_huerta" | "none";
  /** Usually 0…100, more is easier; very odd texts lie outside. */
  score: number | null;
  level: ReadabilityLevel | null;
  sentences: number;
  words_per_sentence: number;
}

const lowerBounds: [number, ReadabilityLevel][] = [
  [90, "very_easy"],
  [80, "easy"],
  [70, "fairly_easy"],
  [60, "standard"],
  [50, "fairly_hard"],
  [30, "hard"],
];

/**
 * How easy a text reads.
 * English: Flesch reading ease, 206.835 − 1.015 · words/sentences − 84.6 · syllables/words (Flesch, "A new readability
 * yardstick", 1948). Spanish: Fernández Huerta, 206.84 − 60 · syllables/words − 1.02 · words/sentences ("Medidas sencillas
 * de lecturabilidad", 1959, with sentence length in the place where the first print had its inverse).
 */
export function measureReadability(text: string, language: string): Readability {
  const words = wordsOf(text);
  const sentences = sentenceCount(text);
  const perSentence = sentences === 0 ? 0 : words.length / sentences;
  const counted = { sentences, words_per_sentence: tenths(perSentence) };
  if (words.length === 0 || sentences === 0) return { formula: "none", score: null, level: null, ...counted };
  const syllablesPerWord = (of: (word: string) => number) =>
    words.reduce((sum, word) => sum + of(word), 0) / words.length;
  if (language === "en") {
    const score = tenths(206.835 - 1.015 * perSentence - 84.6 * syllablesPerWord(englishSyllables));
    return { formula: "flesch", score, level: levelOf(score), ...counted };
  }
  if (language === "es") {
    const score = tenths(206.84 - 60 * syllablesPerWord(spanishSyllables) - 1.02 * perSentence);
    return { formula: "fernandez_huerta", score, level: levelOf(score), ...counted };
  }
  return { formula: "none", score: null, level: null, ...counted };
}

export function levelOf(score: number): ReadabilityLevel {
  return lowerBounds.find(([bound]) => score >= bound)?.[1] ?? "very_hard";
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
