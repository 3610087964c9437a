/** The most chunks one job may have: a fan-out has at most this many branches. */
export const MAX_CHUNKS = 1000;
export const MAX_DOCUMENTS = 100;
/** A chunk of about this many characters holds a few paragraphs: enough to tell a language, short enough to quote. */
export const TARGET_CHARACTERS = 1200;

export interface PageOfFile {
  file: string;
  page: number;
  text: string;
}

export interface TextChunk extends PageOfFile {
  /** From 0, over all files of the job. */
  no: number;
}

/** A sentence's end with closing quotes, or an empty line; matched with the blanks after it. */
const BOUNDARY = /(?:[.!?…。！？]["'»”’)\]]{0,3}(?=\s)\s+|\n[ \t]*\n\s*)/g;
const PAGE_BREAK = "\n\n";

/**
 * The chunk size, in characters, with which a job stays within `MAX_CHUNKS`. The packer closes a chunk either at half
 * the size or more, or because the next unit does not fit, and then that chunk and the next are longer than the size
 * together; so chunks are on average at least half the size, except the last of each file:
 * chunks ≤ 2 · characters / size + files.
 */
export function chunkSize(total: { characters: number; pages: number; files: number }): number {
  const characters = total.characters + total.pages * PAGE_BREAK.length;
  return Math.max(TARGET_CHARACTERS, Math.ceil((2 * characters) / (MAX_CHUNKS - total.files)));
}

/**
 * Packs pages, which must come file by file and in order, into chunks of at most `size` characters. Chunks begin and end
 * at sentences and paragraphs where the text has any, never hold two files, and their `page` is the one they begin on.
 * Joined together they are the text again, but for blanks.
 */
export class ChunkPacker {
  private no = 0;
  private file = "";
  private page = 0;
  private text = "";

  constructor(private readonly size: number) {}

  add(page: PageOfFile): TextChunk[] {
    const chunks: TextChunk[] = [];
    const emit = () => chunks.push(...this.flush());
    if (page.file !== this.file) emit();
    else if (this.text !== "") this.text += PAGE_BREAK;
    this.file = page.file;
    for (const unit of units(page.text, this.size)) {
      if (this.text.length + unit.length > this.size) emit();
      if (this.text.trim() === "") {
        this.text = "";
        this.page = page.page;
      }
      this.text += unit;
    }
    if (this.text.length >= this.size / 2) emit();
    return chunks;
  }

  /** The chunk that is being filled, if it has text; to be called once more at the end. */
  flush(): TextChunk[] {
    const text = this.text.trim();
    this.text = "";
    if (text === "") return [];
    const chunk = { no: this.no, file: this.file, page: this.page, text };
    this.no += 1;
    return [chunk];
  }
}

/** Sentences and paragraphs with the blanks after them; what is longer than the size is cut, at a blank if there is one. */
function* units(text: string, size: number): Generator<string> {
  let from = 0;
  for (const boundary of text.matchAll(BOUNDARY)) {
    const end = boundary.index + boundary[0].length;
    yield* cut(text.slice(from, end), size);
    from = end;
  }
  yield* cut(text.slice(from), size);
}

function* cut(unit: string, size: number): Generator<string> {
  let rest = unit;
  while (rest.length > size) {
    const at = cutPosition(rest, size);
    yield rest.slice(0, at);
    rest = rest.slice(at);
  }
  if (rest !== "") yield rest;
}

function cutPosition(text: string, size: number): number {
  const blank = Math.max(text.lastIndexOf(" ", size - 1), text.lastIndexOf("\n", size - 1)) + 1;
  if (blank > size / 2) return blank;
  // Not between the two halves of a character outside the basic plane.
  const inPair = /[\ud800-\udbff]/.test(text.charAt(size - 1)) && size > 1;
  return inPair ? size - 1 : size;
}
