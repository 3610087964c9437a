const CHUNK_BITS = 18;
const CHUNK = 1 << CHUNK_BITS;

/** Every state met so far, by number, found by its words. Grows in chunks; nothing but typed arrays. */
export class StateSet {
  private chunks: Uint32Array[] = [];
  private slots = new Int32Array(1 << 16).fill(-1);
  size = 0;

  constructor(private readonly words: number) {}

  /** The number of the state with these words; a new one when it was not met before (`size` grew). */
  intern(words: Uint32Array): number {
    if (this.size * 10 > this.slots.length * 6) this.grow();
    const mask = this.slots.length - 1;
    let slot = hash(words, 0, this.words) & mask;
    for (;;) {
      const found = this.slots[slot] as number;
      if (found < 0) break;
      if (this.equals(found, words)) return found;
      slot = (slot + 1) & mask;
    }
    const number = this.size++;
    this.slots[slot] = number;
    const at = number >>> CHUNK_BITS;
    this.chunks[at] ??= new Uint32Array(CHUNK * this.words);
    (this.chunks[at] as Uint32Array).set(words, (number & (CHUNK - 1)) * this.words);
    return number;
  }

  /** Where the words of a state are. */
  chunkOf(number: number): Uint32Array {
    return this.chunks[number >>> CHUNK_BITS] as Uint32Array;
  }

  offsetOf(number: number): number {
    return (number & (CHUNK - 1)) * this.words;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.slots.byteLength + this.chunks.length * CHUNK * this.words * 4;
  }

  private equals(number: number, words: Uint32Array): boolean {
    const chunk = this.chunkOf(number);
    const offset = this.offsetOf(number);
    for (let i = 0; i < this.words; i++) if (chunk[offset + i] !== words[i]) return false;
    return true;
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = hash(this.chunkOf(number), this.offsetOf(number), this.words) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.slots = slots;
  }
}

/** FNV-like mixing of words, with a final avalanche. */
function hash(words: Uint32Array, from: number, count: number): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < count; i++) {
    h = Math.imul(h ^ (words[from + i] as number), 0x85ebca6b);
    h ^= h >>> 15;
  }
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Numbers, appended; chunks instead of one array that is copied. */
export class NumberList {
  private chunks: Uint32Array[] = [];
  length = 0;

  push(value: number): void {
    const at = this.length >>> CHUNK_BITS;
    this.chunks[at] ??= new Uint32Array(CHUNK);
    (this.chunks[at] as Uint32Array)[this.length & (CHUNK - 1)] = value;
    this.length += 1;
  }

  at(index: number): number {
    return (this.chunks[index >>> CHUNK_BITS] as Uint32Array)[index & (CHUNK - 1)] as number;
  }

  get bytes(): number {
    return this.chunks.length * CHUNK * 4;
  }
}
