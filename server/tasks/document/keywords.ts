import { stopWords } from "@/server/tasks/document/stop-words";

export interface Keyword {
  /** One to three words in lower case. */
  term: string;
  /** 0…1, relative to the best of the same text. */
  score: number;
}

const MAX_WORDS = 3;
const MIN_LETTERS = 3;
/** In a language without a list of stop words the short words are left out: most of them are such words. */
const MIN_LETTERS_WITHOUT_LIST = 5;

/**
 * The terms that a text is about, best first. RAKE (Rose, Engel, Cramer, Cowley: "Automatic keyword extraction from
 * individual documents", 2010): candidates are the runs of words between stop words and punctuation; a word scores its
 * degree (words it stands together with, itself included) over its frequency, a candidate the sum of its words; here
 * times its occurrences, so that repetition counts and single long runs do not win.
 */
export function findKeywords(text: string, language: string, limit = 8): Keyword[] {
  const candidates = candidatesOf(text, language);
  const words = new Map<string, { frequency: number; degree: number }>();
  const counts = new Map<string, { words: string[]; count: number }>();
  for (const candidate of candidates) {
    const term = candidate.join(" ");
    const counted = counts.get(term) ?? { words: candidate, count: 0 };
    counted.count += 1;
    counts.set(term, counted);
    for (const word of candidate) {
      const seen = words.get(word) ?? { frequency: 0, degree: 0 };
      seen.frequency += 1;
      seen.degree += candidate.length;
      words.set(word, seen);
    }
  }
  const wordScore = (word: string) => {
    const { degree, frequency } = words.get(word) ?? { degree: 0, frequency: 1 };
    return degree / frequency;
  };
  const scored = [...counts].map(([term, candidate]) => ({
    term,
    score: candidate.count * candidate.words.reduce((sum, word) => sum + wordScore(word), 0),
  }));
  scored.sort((a, b) => b.score - a.score);
  const best = scored[0]?.score ?? 1;
  return scored.slice(0, limit).map(({ term, score }) => ({ term, score: Math.round((score / best) * 1000) / 1000 }));
}

function candidatesOf(text: string, language: string): string[][] {
  const stops = stopWords(language);
  const minLetters = stops ? MIN_LETTERS : MIN_LETTERS_WITHOUT_LIST;
  const candidates: string[][] = [];
  let run: string[] = [];
  const close = () => {
    for (let from = 0; from < run.length; from += MAX_WORDS) candidates.push(run.slice(from, from + MAX_WORDS));
    run = [];
  };
  // A token is a word, or anything that is neither a blank nor a word and so ends a run. An address is no term.
  for (const [token] of text.matchAll(/\S+@\S+|\p{L}[\p{L}\p{M}'’-]*|[^\s\p{L}]+|\n\s*\n/gu)) {
    const word = token.toLowerCase().replace(/['’-]+$/, "");
    const carries = /^\p{L}/u.test(word) && !word.includes("@") && word.length >= minLetters && !stops?.has(word);
    if (carries) run.push(word);
    else close();
  }
  close();
  return candidates;
}
