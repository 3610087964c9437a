/** Chance that is the same for the same seed. */
export interface Chance {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
  shuffle<T>(list: T[]): T[];
  /** Another chance, that of a part of the run: what one part draws does not change the others. */
  part(name: string): Chance;
}

/** Mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    pick: (list) => list[between(0, list.length - 1)] as never,
    shuffle(list) {
      for (let i = list.length - 1; i > 0; i -= 1) {
        const j = between(0, i);
        [list[i], list[j]] = [list[j] as never, list[i] as never];
      }
      return list;
    },
    part(name) {
      let mixed = seed;
      for (const letter of name) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193);
      return chanceOf(mixed);
    },
  };
}
