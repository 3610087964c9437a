import type { GraphPoint } from "@/lib/api/graph";
import { CHIP_HEIGHT } from "@/lib/graph/edge-chip";
import type { Box } from "./drawing";

/** A straight piece of an edge that is already drawn. Pieces to the same end may lie on each other. */
export interface Piece {
  a: GraphPoint;
  b: GraphPoint;
  end: string | null;
}

/** What a stub must keep clear of. */
export interface Obstacles {
  /** States. */
  boxes: readonly Box[];
  chips: readonly Box[];
  pieces: readonly Piece[];
}

/** The first part of an edge to the side: its points, the last of which lies at height `y` on the way right. */
export interface Stub {
  points: GraphPoint[];
  y: number;
  chip: Box | null;
}

const CORNER = 10;
const STEP = 4;
/** Lines nearer than this are taken for one. */
const APART = 8;
const CLEAR_OF_BOX = 8;
const CHIP_GAP = 10;
const CHIP_AIR = 4;

/**
 * Leads from a state's right side straight to the right, as near to height `wanted` as nothing is in the way; where a
 * state is, the line turns beside its own state first and goes between the rows.
 */
export function sideStub(
  source: Box,
  wanted: number,
  right: number,
  end: string,
  chipWidth: number,
  around: Obstacles,
): Stub {
  const x = source.x + source.width;
  const turn = x + 2 * CORNER;
  const y = freeHeight(source, wanted, right, end, around);
  const straight = y > source.y && y < source.y + source.height;
  const points = straight
    ? [{ x, y }]
    : [
        { x, y: wanted },
        { x: turn, y: wanted },
        { x: turn, y },
      ];
  const chip = chipWidth > 0 ? chipOn(straight ? x : turn, y, chipWidth, end, around) : null;
  return { points, y, chip };
}

function freeHeight(source: Box, wanted: number, right: number, end: string, around: Obstacles): number {
  const x = source.x + source.width;
  const within = (y: number) => y >= source.y + CORNER && y <= source.y + source.height - CORNER;
  let best = { y: wanted, cost: Number.POSITIVE_INFINITY };
  for (let away = 0; away < 40 * STEP + source.height; away += STEP) {
    for (const y of away === 0 ? [wanted] : [wanted + away, wanted - away]) {
      const outside = y <= source.y - CORNER || y >= source.y + source.height + CORNER;
      if (!within(y) && !outside) continue;
      const from = { x: outside ? x + 2 * CORNER : x, y };
      const to = { x: right, y };
      let cost = away + (outside ? 50 : 0) + obstructions(from, to, end, around, source);
      if (outside) cost += obstructions({ x: from.x, y: wanted }, from, end, around, source);
      if (cost < best.cost) best = { y, cost };
    }
    if (best.cost <= away) break;
  }
  return best.y;
}

/** How much lies in a piece's way: a state weighs more than a chip, and a chip more than a line. */
function obstructions(a: GraphPoint, b: GraphPoint, end: string, around: Obstacles, source: Box): number {
  const line = boxOf(a, b);
  const boxes = around.boxes.filter((box) => box !== source && overlap(grown(line, CLEAR_OF_BOX), box)).length;
  const chips = around.chips.filter((chip) => overlap(grown(line, 3), chip)).length;
  const lines = around.pieces.filter((piece) => alongside(a, b, piece) && !(piece.end === end && inLine(a, b, piece)));
  return boxes * 10_000 + chips * 1000 + lines.length * 300;
}

/** Whether two pieces run in the same direction and could be taken for one. */
function alongside(a: GraphPoint, b: GraphPoint, piece: Piece): boolean {
  const flat = a.y === b.y;
  if (flat !== (piece.a.y === piece.b.y)) return false;
  return overlap(grown(boxOf(a, b), APART / 2), grown(boxOf(piece.a, piece.b), APART / 2 - 0.1));
}

function inLine(a: GraphPoint, b: GraphPoint, piece: Piece): boolean {
  return a.y === b.y ? a.y === piece.a.y : a.x === piece.a.x;
}

/** The first place to the right of `x` where a chip covers no state, no other chip, and no line but its own. */
function chipOn(x: number, y: number, width: number, end: string, around: Obstacles): Box {
  const chip = { x: x + CHIP_GAP, y: y - CHIP_HEIGHT / 2, width, height: CHIP_HEIGHT };
  const blocks = [
    ...around.boxes,
    ...around.chips,
    ...around.pieces.filter((piece) => piece.end !== end || piece.a.y !== y).map(({ a, b }) => boxOf(a, b)),
  ]
    .map((box) => ({ ...box, x: box.x - CHIP_AIR, width: box.width + 2 * CHIP_AIR }))
    .filter((box) => box.y < chip.y + chip.height && chip.y < box.y + box.height)
    .sort((a, b) => a.x - b.x);
  for (const block of blocks) if (overlap(chip, block)) chip.x = block.x + block.width;
  return chip;
}

export function boxOf(a: GraphPoint, b: GraphPoint): Box {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

export function grown({ x, y, width, height }: Box, by: number): Box {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
