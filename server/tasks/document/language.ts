import { francAll } from "franc-min";

/** Letters below which a guess would be noise. */
const MIN_LETTERS = 20;

/** The languages told apart: ISO 639-3 as the library names them, to ISO 639-1. */
const languages: Record<string, string> = {
  eng: "en",
  spa: "es",
  fra: "fr",
  deu: "de",
  por: "pt",
  ita: "it",
  nld: "nl",
  pol: "pl",
  ron: "ro",
  ces: "cs",
  swe: "sv",
  hun: "hu",
  tur: "tr",
  rus: "ru",
  ukr: "uk",
  ell: "el",
  arb: "ar",
  heb: "he",
  hin: "hi",
  cmn: "zh",
  jpn: "ja",
  kor: "ko",
};

export interface LanguageGuess {
  /** ISO 639-1, `und` when the text is too short or in a language that is not known. */
  language: string;
  /** 0…1: how far the best guess is ahead of the second, full at a quarter; not a probability. */
  confidence: number;
}

/** The main language of a text, by its trigrams; needs about a sentence. */
export function detectLanguage(text: string): LanguageGuess {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < MIN_LETTERS) return { language: "und", confidence: 0 };
  const [best, second] = francAll(text, { only: Object.keys(languages), minLength: MIN_LETTERS });
  const language = languages[best?.[0] ?? ""];
  if (!best || !language) return { language: "und", confidence: 0 };
  const lead = best[1] - (second?.[1] ?? 0);
  return { language, confidence: Math.round(Math.min(1, lead * 4) * 100) / 100 };
}
