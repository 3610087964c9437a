import { describe, expect, it } from "vitest";
import { analyseText, chunkAnalysisSchema } from "@/server/tasks/document/analysis";
import { findKeywords } from "@/server/tasks/document/keywords";
import { detectLanguage } from "@/server/tasks/document/language";
import { levelOf, measureReadability } from "@/server/tasks/document/readability";
import { englishSyllables, spanishSyllables } from "@/server/tasks/document/syllables";
import { sentenceCount, wordsOf } from "@/server/tasks/document/words";

describe("language", () => {
  it.each([
    ["en", "The crane operator decides, and nobody may overrule the operator when the wind is strong."],
    ["es", "El operario de la grúa decide y nadie puede corregir su decisión cuando hay viento fuerte."],
    ["fr", "Le grutier décide, et personne ne peut contredire sa décision quand le vent est trop fort."],
    ["de", "Der Kranführer entscheidet, und niemand darf ihn überstimmen, wenn der Wind zu stark ist."],
    ["pt", "O operador da grua decide e ninguém pode corrigir a sua decisão quando há vento muito forte."],
    ["it", "Il gruista decide e nessuno può correggere la sua decisione quando il vento è troppo forte."],
    ["nl", "De kraanmachinist beslist en niemand mag hem tegenspreken wanneer de wind te hard waait."],
    ["ru", "Крановщик решает сам, и никто не может отменить его решение при сильном ветре."],
    ["ja", "風が強いときはクレーンの運転手が決めることになっており、誰も変更できません。"],
  ])("%s", (language, text) => {
    const guess = detectLanguage(text);
    expect(guess.language).toBe(language);
    expect(guess.confidence).toBeGreaterThan(0);
    expect(guess.confidence).toBeLessThanOrEqual(1);
  });

  it.each([[""], ["12 345, 678"], ["Table 4: Q1"]])("says und for %j", (text) => {
    expect(detectLanguage(text)).toEqual({ language: "und", confidence: 0 });
  });
});

describe("keywords", () => {
  it("finds what an English text is about, without stop words and addresses", () => {
    const text =
      "The port authority sets port fees. Port fees are paid to the port authority. Write to fees@port.example about the fees.";
    const keywords = findKeywords(text, "en");
    const terms = keywords.map(({ term }) => term);
    expect(keywords[0]?.score).toBe(1);
    expect(terms.slice(0, 2).toSorted()).toEqual(["port authority", "port fees"]);
    expect(terms).not.toContain("the");
    expect(terms.join(" ")).not.toContain("example");
  });

  it("finds Spanish terms", () => {
    const terms = findKeywords(
      "La autoridad portuaria cobra las tasas portuarias. Las tasas portuarias son anuales.",
      "es",
    );
    expect(terms[0]?.term).toBe("tasas portuarias");
  });

  it("gives nothing for nothing", () => {
    expect(findKeywords("", "en")).toEqual([]);
    expect(findKeywords("and the of 12 !!", "en")).toEqual([]);
  });
});

describe("syllables", () => {
  it.each([
    ["cat", 1],
    ["table", 2],
    ["make", 1],
    ["jumped", 1],
    ["wanted", 2],
    ["harbour", 2],
    ["readability", 5],
    ["yellow", 2],
    ["the", 1],
    ["boxes", 2],
    ["quay", 1],
  ])("English %s: %i", (word, count) => {
    expect(englishSyllables(word)).toBe(count);
  });

  it.each([
    ["casa", 2],
    ["puerto", 2],
    ["país", 2],
    ["grúa", 2],
    ["embarcación", 4],
    ["queso", 2],
    ["guitarra", 3],
    ["pingüino", 3],
    ["leer", 2],
    ["ahora", 3],
    ["prohibir", 2],
    ["rey", 1],
    ["muy", 1],
    ["viento", 2],
    ["autoridad", 4],
    ["y", 1],
    ["océano", 4],
  ])("Spanish %s: %i", (word, count) => {
    expect(spanishSyllables(word)).toBe(count);
  });
});

describe("readability", () => {
  it("is Flesch's formula in English", () => {
    // 6 words, 1 sentence, 6 syllables: 206.835 − 1.015 · 6 − 84.6 · 1
    expect(measureReadability("The cat sat on the mat.", "en")).toEqual({
      formula: "flesch",
      score: 116.1,
      level: "very_easy",
      sentences: 1,
      words_per_sentence: 6,
    });
  });

  it("is Fernández Huerta's in Spanish", () => {
    // 4 words, 1 sentence, 8 syllables: 206.84 − 60 · 2 − 1.02 · 4
    const measured = measureReadability("Casa blanca, puerto viejo.", "es");
    expect(measured).toMatchObject({ formula: "fernandez_huerta", score: 82.8, level: "easy" });
  });

  it("ranks a plain text above a bureaucratic one", () => {
    const plain = measureReadability("We went home. The rain was cold. My dog was glad.", "en");
    const heavy = measureReadability(
      "Notwithstanding the aforementioned considerations, administrative authorities unilaterally determine applicability.",
      "en",
    );
    expect(plain.score).toBeGreaterThan(90);
    expect(heavy.score).toBeLessThan(0);
    expect(heavy.level).toBe("very_hard");
  });

  it("has no score without a formula or without words", () => {
    expect(measureReadability("Der Hund schläft.", "de")).toMatchObject({
      formula: "none",
      score: null,
      level: null,
      sentences: 1,
    });
    expect(measureReadability("12 34!", "en")).toMatchObject({ formula: "none", score: null, sentences: 0 });
  });

  it.each([
    [90, "very_easy"],
    [89.9, "easy"],
    [60, "standard"],
    [49.9, "hard"],
    [30, "hard"],
    [-20, "very_hard"],
  ])("%d is %s", (score, level) => {
    expect(levelOf(score)).toBe(level);
  });
});

describe("words and sentences", () => {
  it("counts them", () => {
    expect(wordsOf("It's a well-known café, n.º 12!")).toEqual(["It's", "a", "well-known", "café", "n", "º"]);
    expect(sentenceCount("One. Two? “Three!” Heading\n\nFour")).toBe(5);
    expect(sentenceCount("Version 1.2 is out")).toBe(1);
    expect(sentenceCount("… !")).toBe(0);
  });
});

describe("the analysis of a chunk", () => {
  it("has the published shape", () => {
    const analysis = analyseText({
      no: 3,
      file: "f",
      page: 2,
      text: "The port office answers at office@port.example.",
    });
    expect(chunkAnalysisSchema.parse(analysis)).toEqual(analysis);
    expect(analysis).toMatchObject({ no: 3, file: "f", page: 2, language: "en", words: 8 });
    expect(analysis.personal_data).toEqual([{ kind: "email", masked: "o***@p***.example", offset: 27 }]);
  });
});
