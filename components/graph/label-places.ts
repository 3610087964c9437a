import type { GraphEdge, GraphPoint, LaidOutGraph } from "@/lib/api/graph";

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const CHIP_HEIGHT = 24;
/** A chip's width grows with its text; the same measure as the layout's. */
const CHARACTER_WIDTH = 7;
const CHIP_PADDING = 18;
const MOST_CHARACTERS = 28;
const STEP = 8;
const FROM_THE_ENDS = 16;

/**
 * Where each edge's chip goes: on its line, as near as possible to the place that the layout kept for it. Where it would
 * cover a state or another chip, it stays in the layout's place beside the line.
 */
export function labelPlaces(graph: LaidOutGraph): Map<string, GraphPoint> {
  const taken: Box[] = graph.nodes.map(({ x, y, width, height }) => ({
    left: x,
    top: y,
    right: x + width,
    bottom: y + height,
  }));
  const places = new Map<string, GraphPoint>();
  for (const edge of graph.edges) {
    if (!edge.label_at) continue;
    const place = onLine(edge).find((point) => !taken.some((box) => overlap(box, boxAt(point, edge)))) ?? edge.label_at;
    places.set(edge.id, place);
    taken.push(boxAt(place, edge));
  }
  return places;
}

function boxAt({ x, y }: GraphPoint, { label }: GraphEdge): Box {
  const half = (Math.min(label?.length ?? 0, MOST_CHARACTERS) * CHARACTER_WIDTH + CHIP_PADDING) / 2;
  return { left: x - half, top: y - CHIP_HEIGHT / 2, right: x + half, bottom: y + CHIP_HEIGHT / 2 };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Points on the edge's line, the nearest to the layout's place first; none close to its ends. */
function onLine({ points, label_at: wanted }: GraphEdge): GraphPoint[] {
  if (!wanted) return [];
  const all: GraphPoint[] = [];
  for (let index = 1; index < points.length; index++) {
    const a = points[index - 1] as GraphPoint;
    const b = points[index] as GraphPoint;
    all.push(onSegment(a, b, wanted));
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    for (let way = STEP; way < length; way += STEP) {
      all.push({ x: a.x + ((b.x - a.x) * way) / length, y: a.y + ((b.y - a.y) * way) / length });
    }
  }
  const distance = (from: GraphPoint, to: GraphPoint) => Math.hypot(from.x - to.x, from.y - to.y);
  const ends = [points[0], points.at(-1)].filter((end): end is GraphPoint => end !== undefined);
  return all
    .filter((point) => ends.every((end) => distance(point, end) > FROM_THE_ENDS))
    .sort((a, b) => distance(a, wanted) - distance(b, wanted));
}

/** The point of a segment that is nearest to `to`. */
function onSegment(a: GraphPoint, b: GraphPoint, to: GraphPoint): GraphPoint {
  const length = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  const share = length === 0 ? 0 : ((to.x - a.x) * (b.x - a.x) + (to.y - a.y) * (b.y - a.y)) / length;
  const within = Math.min(1, Math.max(0, share));
  return { x: a.x + (b.x - a.x) * within, y: a.y + (b.y - a.y) * within };
}
