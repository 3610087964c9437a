import type { GraphEdge } from "@/lib/blueprint/graph";
import { CHIP_HEIGHT, chipWidth, hasChip } from "@/lib/graph/edge-chip";
import type { Box, Drawing, Size } from "./drawing";
import { settleChips } from "./settle-chips";
import type { SideEnds } from "./side-ends";
import { grown, type Obstacles, type Piece, type Stub, sideStub } from "./side-stub";

/** Between edges that leave a state to the side: their chips stand below each other. */
export const STUB_DISTANCE = CHIP_HEIGHT + 2;
const TRUNK_GAP = 16;
const BETWEEN_TRUNKS = 16;
const BEFORE_END = 28;
const BETWEEN_ENDS = 20;
const SMALL_STEP = 20;
const PADDING = 20;
const STEP = 4;

/**
 * Adds the ends at the side to a drawing of everything else: each edge leaves its state to the right, joins the one
 * trunk that its end has, and comes in from the left. Chips of other edges make way for them. `size` gives an end's size.
 */
export function drawSideEnds(plain: Drawing, side: SideEnds, size: Size): Drawing {
  const drawing = settleChips(plain, straightWays(plain, side.edges));
  if (side.ends.length === 0) return drawing;
  const boxes = [...drawing.boxes.values()];
  const chips = chipsOf(drawing);
  const pieces = piecesOf(drawing);
  const outermost = Math.max(
    ...[...boxes, ...chips].map((box) => box.x + box.width),
    ...pieces.flatMap(({ a, b }) => [a.x, b.x]),
  );
  const stubs = new Map<string, Stub>();
  for (const { edge, wanted, source } of inOrder(side.edges, drawing)) {
    const around: Obstacles = { boxes, chips, pieces };
    const stub = sideStub(source, wanted, outermost, edge.to, hasWords(edge) ? chipWidth(edge) : 0, around);
    stubs.set(edge.id, stub);
    if (stub.chip) chips.push(stub.chip);
    const far = { x: Math.max(outermost, stub.chip ? stub.chip.x + stub.chip.width : 0), y: stub.y };
    const way = [...stub.points, far];
    for (const [index, b] of way.entries()) {
      const a = way[index - 1];
      if (a) pieces.push({ a, b, end: edge.to });
    }
  }
  const chipsEnd = Math.max(...chips.map((chip) => chip.x + chip.width), 0);
  return joined(drawing, side, size, stubs, Math.max(outermost, chipsEnd) + TRUNK_GAP);
}

/** Where the edges to the side would like to run. */
function straightWays(drawing: Drawing, edges: GraphEdge[]): Box[] {
  return inOrder(edges, drawing).map(({ source, wanted }) =>
    grown({ x: source.x + source.width, y: wanted, width: drawing.width, height: 0 }, 4),
  );
}

/** A plain failure needs no words: where it leads says so. */
function hasWords(edge: GraphEdge): boolean {
  return hasChip(edge) && edge.on !== "failure";
}

/** Edges from above to below, with the height at which each would leave its state. */
function inOrder(edges: GraphEdge[], { boxes }: Drawing): { edge: GraphEdge; source: Box; wanted: number }[] {
  return [...boxes]
    .sort(([, a], [, b]) => a.y - b.y || b.x - a.x)
    .flatMap(([name, source]) => {
      const own = edges.filter((edge) => edge.from === name);
      const apart = Math.min(STUB_DISTANCE, (source.height - 20) / Math.max(1, own.length - 1));
      const first = source.y + source.height / 2 - (apart * (own.length - 1)) / 2;
      return own.map((edge, index) => ({ edge, source, wanted: first + index * apart }));
    });
}

function joined(drawing: Drawing, side: SideEnds, size: Size, stubs: Map<string, Stub>, firstTrunk: number): Drawing {
  const boxes = new Map(drawing.boxes);
  const routes = new Map(drawing.routes);
  const ofEnd = (name: string) => side.edges.filter((edge) => edge.to === name && stubs.has(edge.id));
  const ends = side.ends
    .map(({ id }) => ({ id, edges: ofEnd(id), middle: middleOf(ofEnd(id).map((edge) => stubs.get(edge.id)?.y ?? 0)) }))
    .sort((a, b) => a.middle - b.middle);
  const left = firstTrunk + (ends.length - 1) * BETWEEN_TRUNKS + BEFORE_END;
  let lowest = PADDING;
  for (const [index, end] of ends.entries()) {
    const trunk = firstTrunk + (ends.length - 1 - index) * BETWEEN_TRUNKS;
    const others = side.edges.filter((edge) => edge.to !== end.id).map((edge) => stubs.get(edge.id)?.y ?? 0);
    const own = end.edges.map((edge) => stubs.get(edge.id)?.y ?? 0);
    let y = nearOne(own, Math.max(end.middle, lowest + size.height / 2), lowest + size.height / 2);
    while (others.some((other) => Math.abs(other - y) < 2 * STEP)) y += STEP;
    lowest = y + size.height / 2 + BETWEEN_ENDS;
    boxes.set(end.id, { x: left, y: y - size.height / 2, ...size });
    for (const edge of end.edges) {
      const stub = stubs.get(edge.id) as Stub;
      const bends =
        stub.y === y
          ? []
          : [
              { x: trunk, y: stub.y },
              { x: trunk, y },
            ];
      const { chip } = stub;
      routes.set(edge.id, {
        points: [...stub.points, ...bends, { x: left, y }],
        chip,
      });
    }
  }
  return {
    width: left + size.width + PADDING,
    height: Math.max(drawing.height, lowest - BETWEEN_ENDS + PADDING),
    boxes,
    routes,
  };
}

/** `wanted`, or the height of an edge that is so near that it would only make a small step; not above `least`. */
function nearOne(heights: number[], wanted: number, least: number): number {
  return heights.find((height) => height >= least && Math.abs(height - wanted) <= SMALL_STEP) ?? wanted;
}

/** The middle between the first and the last, which keeps the trunk as short as it can be. */
function middleOf(heights: number[]): number {
  return Math.round((Math.min(...heights) + Math.max(...heights)) / 2);
}

function chipsOf({ routes }: Drawing): Box[] {
  return [...routes.values()].flatMap(({ chip }) => (chip ? [chip] : []));
}

function piecesOf({ routes }: Drawing): Piece[] {
  return [...routes.values()].flatMap(({ points }) =>
    points.slice(1).map((b, index): Piece => ({ a: points[index] ?? b, b, end: null })),
  );
}
