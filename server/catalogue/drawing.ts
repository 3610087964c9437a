import type { GraphPoint } from "@/lib/api/graph";

export interface Size {
  width: number;
  height: number;
}

/** A rectangle in pixels of the unscaled drawing; `x`, `y` are its upper left corner. */
export interface Box extends GraphPoint, Size {}

/** An edge's way: start, bends, end, and the room kept for its chip, where it has one. */
export interface Route {
  points: GraphPoint[];
  chip: Box | null;
}

/** States by name and edges by id, placed. */
export interface Drawing {
  width: number;
  height: number;
  boxes: Map<string, Box>;
  routes: Map<string, Route>;
}
