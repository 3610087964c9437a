/** Characters of a chip that there is room for; longer text is cut. */
export const MOST_CHIP_CHARACTERS = 28;
/** Height in pixels of the unscaled drawing, with a little air. */
export const CHIP_HEIGHT = 24;

const CHARACTER_WIDTH = 7;
const CHIP_PADDING = 18;
/** A condition's chip grows by a mark and the value that was read, once a job has come by. */
const ROOM_FOR_VALUE = 36;

/** Words that an edge needs no chip for: it is what is expected. */
const EXPECTED: ReadonlySet<string> = new Set(["success", "aggregate", "next"]);

/** What a chip is made from: `label` is `null` or empty when the document names nothing. */
export interface ChipEdge {
  on: string;
  label: string | null;
  when?: string | null;
}

/** Whether words stand on the edge. */
export function hasChip({ on, label, when }: ChipEdge): boolean {
  return Boolean(when || label) && !EXPECTED.has(on);
}

/** A condition without the scopes that everybody knows: `state_history.pii_count > 0` → `pii_count > 0`. */
export function withoutScopes(condition: string): string {
  return condition.replace(/\b(?:state_history|initial_data)\./g, "");
}

/** Width in pixels that the chip takes at most; the layout and the page count with the same. */
export function chipWidth({ label, when }: ChipEdge): number {
  const text = when ? withoutScopes(when) : (label ?? "");
  const width = Math.min(text.length, MOST_CHIP_CHARACTERS) * CHARACTER_WIDTH + CHIP_PADDING;
  return when ? width + ROOM_FOR_VALUE : width;
}
