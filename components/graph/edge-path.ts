import type { GraphPoint } from "@/lib/api/graph";

const CORNER_RADIUS = 8;
/** What a rounded right angle is shorter than the sharp one, for a radius of 1. */
const CORNER_SAVES = 2 - 1.6232;
const TIP_LENGTH = 7;
const TIP_HALF = 4;

/** An edge as SVG: its line with rounded corners, which ends where the tip begins, and the tip as a triangle. */
export interface EdgePath {
  line: string;
  /** `points` of the tip's polygon. */
  tip: string;
  /** Of the line, in pixels: dashes counted from the end fall on those of another line that comes in the same way. */
  length: number;
}

/** Draws the server's points (start, bends, end); null for fewer than two. */
export function edgePath(points: readonly GraphPoint[]): EdgePath | null {
  const end = points.at(-1);
  const before = points.at(-2);
  if (!end || !before) return null;
  const back = towards(end, before, TIP_LENGTH);
  const corners = [...points.slice(0, -1), towards(end, before, TIP_LENGTH - 1)];
  const across = { x: (back.y - end.y) / TIP_LENGTH, y: (end.x - back.x) / TIP_LENGTH };
  const tip = [
    end,
    { x: back.x + across.x * TIP_HALF, y: back.y + across.y * TIP_HALF },
    { x: back.x - across.x * TIP_HALF, y: back.y - across.y * TIP_HALF },
  ];
  return { ...roundedLine(corners), tip: tip.map(({ x, y }) => `${round(x)},${round(y)}`).join(" ") };
}

function roundedLine(points: readonly GraphPoint[]): { line: string; length: number } {
  const [start] = points;
  if (!start) return { line: "", length: 0 };
  let length = 0;
  let line = `M${round(start.x)} ${round(start.y)}`;
  for (let index = 1; index < points.length; index++) {
    const from = points[index - 1] as GraphPoint;
    const corner = points[index] as GraphPoint;
    const to = points[index + 1];
    length += distance(from, corner);
    if (!to) {
      line += `L${round(corner.x)} ${round(corner.y)}`;
      continue;
    }
    const radius = Math.min(CORNER_RADIUS, distance(from, corner) / 2, distance(corner, to) / 2);
    length -= radius * CORNER_SAVES;
    const enter = towards(corner, from, radius);
    const leave = towards(corner, to, radius);
    line += `L${round(enter.x)} ${round(enter.y)}Q${round(corner.x)} ${round(corner.y)} ${round(leave.x)} ${round(leave.y)}`;
  }
  return { line, length };
}

/** The point `length` away from `from` on the way to `to`. */
function towards(from: GraphPoint, to: GraphPoint, length: number): GraphPoint {
  const whole = distance(from, to);
  const share = whole === 0 ? 0 : length / whole;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function distance(a: GraphPoint, b: GraphPoint): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
