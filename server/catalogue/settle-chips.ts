import type { GraphPoint } from "@/lib/api/graph";
import type { Box, Drawing, Route } from "./drawing";
import { overlap } from "./side-stub";

const STEP = 8;
const FROM_THE_ENDS = 16;

/**
 * Puts each edge's chip on its line, as near as possible to the place that was kept for it, where it covers neither a
 * state nor another chip or its room, and none of `free` if that can be helped. With no such place it stays beside the line.
 */
export function settleChips(drawing: Drawing, free: readonly Box[]): Drawing {
  const states = [...drawing.boxes.values()];
  const chips = new Map<string, Box>();
  for (const [id, { chip }] of drawing.routes) if (chip) chips.set(id, chip);
  const routes = new Map<string, Route>();
  for (const [id, { points, chip }] of drawing.routes) {
    chips.delete(id);
    const settled = chip && settledChip(points, chip, [...states, ...chips.values()], free);
    routes.set(id, { points, chip: settled });
    if (settled) chips.set(id, settled);
  }
  return { ...drawing, routes };
}

function settledChip(points: readonly GraphPoint[], kept: Box, taken: readonly Box[], free: readonly Box[]): Box {
  const places = onLine(points, { x: kept.x + kept.width / 2, y: kept.y + kept.height / 2 })
    .map(({ x, y }) => ({ ...kept, x: x - kept.width / 2, y: y - kept.height / 2 }))
    .filter((place) => !taken.some((box) => overlap(box, place)));
  return places.find((place) => !free.some((box) => overlap(box, place))) ?? places[0] ?? kept;
}

/** Points on a line, the nearest to `wanted` first; none close to its ends. */
function onLine(points: readonly GraphPoint[], wanted: GraphPoint): GraphPoint[] {
  const all: GraphPoint[] = [];
  for (let index = 1; index < points.length; index++) {
    const a = points[index - 1] as GraphPoint;
    const b = points[index] as GraphPoint;
    all.push(onSegment(a, b, wanted));
    const length = distance(a, b);
    for (let way = STEP; way < length; way += STEP) {
      all.push({ x: a.x + ((b.x - a.x) * way) / length, y: a.y + ((b.y - a.y) * way) / length });
    }
  }
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

function distance(a: GraphPoint, b: GraphPoint): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
