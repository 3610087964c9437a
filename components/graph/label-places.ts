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
    const onLine = nearest(edge.points, edge.label_at);
    const free = onLine !== null && !taken.some((box) => overlap(box, boxAt(onLine, edge)));
    const place = free ? onLine : edge.label_at;
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

/** The point of a line of segments that is nearest to `to`. */
function nearest(points: readonly GraphPoint[], to: GraphPoint): GraphPoint | null {
  let best: GraphPoint | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let index = 1; index < points.length; index++) {
    const point = onSegment(points[index - 1] as GraphPoint, points[index] as GraphPoint, to);
    const distance = Math.hypot(point.x - to.x, point.y - to.y);
    if (distance >= bestDistance) continue;
    best = point;
    bestDistance = distance;
  }
  return best;
}

function onSegment(a: GraphPoint, b: GraphPoint, to: GraphPoint): GraphPoint {
  const length = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  const share = length === 0 ? 0 : ((to.x - a.x) * (b.x - a.x) + (to.y - a.y) * (b.y - a.y)) / length;
  const within = Math.min(1, Math.max(0, share));
  return { x: a.x + (b.x - a.x) * within, y: a.y + (b.y - a.y) * within };
}
