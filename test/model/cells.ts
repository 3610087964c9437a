/** A state of a model as a row of small numbers, and its packing into 32-bit words: what the explorer keeps of it. */
export class Cells {
  private readonly widths: number[] = [];
  private word: number[] = [];
  private shift: number[] = [];
  private used = 32;
  private wordCount = 0;

  /** Adds `count` neighbouring cells of `bits` bits each (8 at most); returns the index of the first. */
  add(bits: number, count = 1): number {
    const first = this.widths.length;
    for (let i = 0; i < count; i++) {
      if (this.used + bits > 32) {
        this.wordCount += 1;
        this.used = 0;
      }
      this.widths.push(bits);
      this.word.push(this.wordCount - 1);
      this.shift.push(this.used);
      this.used += bits;
    }
    return first;
  }

  get size(): number {
    return this.widths.length;
  }

  get words(): number {
    return this.wordCount;
  }

  /** Writes the words of a state to `into`. */
  pack(cells: Uint8Array, into: Uint32Array): void {
    const { word, shift } = this;
    into.fill(0);
    for (let i = 0; i < word.length; i++) {
      const at = word[i] as number;
      into[at] = (into[at] as number) | ((cells[i] as number) << (shift[i] as number));
    }
  }

  /** Reads a state from the words that begin at `from`. */
  unpack(words: Uint32Array, from: number, into: Uint8Array): void {
    const { word, shift, widths } = this;
    for (let i = 0; i < word.length; i++) {
      const bits = (words[from + (word[i] as number)] as number) >>> (shift[i] as number);
      into[i] = bits & ((1 << (widths[i] as number)) - 1);
    }
  }
}
