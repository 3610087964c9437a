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
 * The terms that a text is about, best first, by the C-value (Frantzi, Ananiadou, Mima: "Automatic recognition of multi-word
 * terms", 2000): for a term of n words that occurs f times, log2(n + 1) · (f − the mean count of the longer terms that
 * contain it and occur more than once), so that "port" does not stand beside "port fees" for the same places. Candidates are the runs of words
 * between stop words and punctuation, and their parts. A phrase that occurs once counts half: it may be chance.
 */
export function findKeywords(text: string, language: string, limit = 8): Keyword[] {
  const counts = new Map<string, { words: string[]; count: number }>();
  for (const run of runsOf(text, language)) {
    for (const words of parts(run)) {
      const term = words.join(" ");
      const counted = counts.get(term) ?? { words, count: 0 };
      counted.count += 1;
      counts.set(term, counted);
    }
  }
  const containing = new Map<string, { count: number; terms: number }>();
  for (const { words, count } of counts.values()) {
    if (count === 1) continue;
    for (const part of new Set(parts(words).map((inner) => inner.join(" ")))) {
      if (part === words.join(" ")) continue;
      const sum = containing.get(part) ?? { count: 0, terms: 0 };
      containing.set(part, { count: sum.count + count, terms: sum.terms + 1 });
    }
  }
  const scored = [...counts].map(([term, { words, count }]) => {
    const longer = containing.get(term);
    const own = count - (longer ? longer.count / longer.terms : 0);
    const chance = words.length > 1 && count === 1 ? 0.5 : 1;
    return { term, score: Math.log2(words.length + 1) * own * chance };
  });
  const best = scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
  const top = best[0]?.score ?? 1;
  return best.slice(0, limit).map(({ term, score }) => ({ term, score: Math.round((score / top) * 1000) / 1000 }));
}

/** All runs of one to three neighbouring words, the whole included. */
function parts(words: string[]): string[][] {
  return words.flatMap((_, from) =>
    Array.from({ length: Math.min(MAX_WORDS, words.length - from) }, (_unused, index) =>
      words.slice(from, from + index + 1),
    ),
  );
}

function runsOf(text: string, language: string): string[][] {
  const stops = stopWords(language);
  const minLetters = stops ? MIN_LETTERS : MIN_LETTERS_WITHOUT_LIST;
  const runs: string[][] = [];
  let run: string[] = [];
  const close = () => {
    if (run.length > 0) runs.push(run);
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
  return runs;
}
