/** Where the drawing lies in its frame: `x`, `y` in pixels of the frame. */
export interface Viewport {
  x: number;
  y: number;
  zoom: number;
}

interface Size {
  width: number;
  height: number;
}

const MARGIN = 20;
/** The tools and the legend lie over the foot of the frame. */
const FOOT = 48;
const SMALLEST = 0.2;
/** Below this the words cannot be read: then a part is shown instead of the whole. */
export const READABLE_ZOOM = 0.62;

/** The whole drawing in the middle of the frame, never enlarged. */
export function fitted(whole: Size, drawing: Size): Viewport {
  const frame = withoutFoot(whole);
  const zoom = Math.max(
    SMALLEST,
    Math.min(1, (frame.width - 2 * MARGIN) / drawing.width, (frame.height - 2 * MARGIN) / drawing.height),
  );
  return { x: (frame.width - drawing.width * zoom) / 2, y: (frame.height - drawing.height * zoom) / 2, zoom };
}

/**
 * What is shown first: the whole drawing if it can be read then, else a readable part around `focus` (a box in the
 * drawing), kept within the drawing's edges.
 */
export function firstViewport(outer: Size, drawing: Size, focus: (Size & { x: number; y: number }) | null): Viewport {
  const frame = withoutFoot(outer);
  const whole = fitted(outer, drawing);
  if (whole.zoom >= READABLE_ZOOM || !focus) return whole;
  const zoom = Math.max(READABLE_ZOOM, Math.min(0.85, (frame.width - 2 * MARGIN) / drawing.width));
  return {
    x: placed(frame.width, drawing.width * zoom, (focus.x + focus.width / 2) * zoom),
    y: placed(frame.height, drawing.height * zoom, (focus.y + focus.height / 2) * zoom),
    zoom,
  };
}

function withoutFoot({ width, height }: Size): Size {
  return { width, height: Math.max(1, height - FOOT) };
}

function placed(frame: number, drawing: number, centre: number): number {
  if (drawing + 2 * MARGIN <= frame) return (frame - drawing) / 2;
  return Math.min(MARGIN, Math.max(frame - drawing - MARGIN, frame / 2 - centre));
}
