import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ChunkPacker,
  chunkSize,
  MAX_CHUNKS,
  type PageOfFile,
  TARGET_CHARACTERS,
} from "@/server/tasks/document/chunk-text";

function pack(pages: PageOfFile[], size: number) {
  const packer = new ChunkPacker(size);
  return [...pages.flatMap((page) => packer.add(page)), ...packer.flush()];
}

function sizeFor(pages: PageOfFile[]): number {
  return chunkSize({
    characters: pages.reduce((sum, { text }) => sum + text.length, 0),
    pages: pages.length,
    files: new Set(pages.map(({ file }) => file)).size,
  });
}

const solid = (text: string) => text.replace(/\s+/g, "");

/** Files in order, each with numbered pages of prose, of one endless word, of blanks, or of nothing. */
const anyPages = fc
  .array(
    fc.array(
      fc.oneof(
        fc.lorem({ mode: "sentences", maxCount: 12 }),
        fc.string({ unit: "grapheme", maxLength: 300 }),
        fc.integer({ min: 0, max: 700 }).map((length) => "x".repeat(length)),
        fc.integer({ min: 0, max: 400 }).map((length) => "🚢".repeat(length)),
        fc.constantFrom("", " ", "\n\n\n", "a.\n\nb. c!", ". . . ."),
      ),
      { minLength: 1, maxLength: 8 },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((files) =>
    files.flatMap((pages, file) => pages.map((text, page) => ({ file: `file-${file}`, page: page + 1, text }))),
  );

describe("cutting text into chunks", () => {
  it("loses nothing but blanks, mixes no files and keeps the order", () => {
    fc.assert(
      fc.property(anyPages, fc.integer({ min: 10, max: 3000 }), (pages, size) => {
        const chunks = pack(pages, size);
        expect(solid(chunks.map(({ text }) => text).join(""))).toBe(solid(pages.map(({ text }) => text).join("")));
        expect(chunks.map(({ no }) => no)).toEqual(chunks.map((_, index) => index));
        expect(chunks.filter(({ text }) => text.length > size)).toEqual([]);
        expect(chunks.filter(({ text }) => /^[\udc00-\udfff]|[\ud800-\udbff]$/.test(text))).toEqual([]);
        const texts = new Map(pages.map(({ file, page, text }) => [`${file}/${page}`, text]));
        const begins = ({ file, page, text }: PageOfFile) => texts.get(`${file}/${page}`)?.includes(text.charAt(0));
        expect(chunks.filter((chunk) => !begins(chunk))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it("never makes more than 1,000, however the text is laid out", () => {
    const hard = fc.record({
      files: fc.integer({ min: 1, max: 100 }),
      pages: fc.integer({ min: 1, max: 10 }),
      // Just over half a chunk, a sentence that just does not fit after a short one, tiny pages, long words.
      part: fc.constantFrom(
        "y".repeat(601),
        `${"z".repeat(1199)}. s. `,
        "a",
        `${"word ".repeat(119)}end. `,
        "x".repeat(2399),
      ),
      times: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(hard, ({ files, pages, part, times }) => {
        const text = part.repeat(times);
        const all = Array.from({ length: files * pages }, (_, index) => ({
          file: `file-${Math.floor(index / pages)}`,
          page: (index % pages) + 1,
          text,
        }));
        expect(pack(all, sizeFor(all)).length).toBeLessThanOrEqual(MAX_CHUNKS);
      }),
      { numRuns: 50 },
    );
  });

  it("cuts at the ends of sentences and paragraphs", () => {
    const text = "First sentence here. Second one is here! “Third?” Fourth.\n\nA new paragraph.";
    expect(pack([{ file: "f", page: 1, text }], 45).map((chunk) => chunk.text)).toEqual([
      "First sentence here. Second one is here!",
      "“Third?” Fourth.\n\nA new paragraph.",
    ]);
  });

  it("names the page that a chunk begins on", () => {
    const pages = ["Short.", "Also short.", "x".repeat(60)].map((text, index) => ({
      file: "f",
      page: index + 1,
      text,
    }));
    expect(pack(pages, 60).map(({ page, text }) => [page, text.length])).toEqual([
      [1, "Short.\n\nAlso short.".length],
      [3, 60],
    ]);
  });

  it("keeps the usual size for usual texts and grows it for long ones", () => {
    expect(chunkSize({ characters: 500_000, pages: 200, files: 3 })).toBe(TARGET_CHARACTERS);
    expect(chunkSize({ characters: 50_000_000, pages: 10_000, files: 100 })).toBe(111_156);
  });
});
