import { describe, expect, it } from "vitest";
import type { Drawing } from "@/server/catalogue/drawing";
import { settleChips } from "@/server/catalogue/settle-chips";
import { overlap } from "@/server/catalogue/side-stub";

const points = [
  { x: 100, y: 48 },
  { x: 100, y: 148 },
];
const chip = { x: 30, y: 86, width: 60, height: 24 };

function drawing(...edges: string[]): Drawing {
  return {
    width: 200,
    height: 200,
    boxes: new Map([
      ["a", { x: 0, y: 0, width: 200, height: 48 }],
      ["b", { x: 0, y: 148, width: 200, height: 48 }],
    ]),
    routes: new Map(edges.map((id) => [id, { points, chip }])),
  };
}

describe("a chip", () => {
  it("lies on its line, next to where the layout kept room for it", () => {
    expect(settleChips(drawing("a:ok"), []).routes.get("a:ok")?.chip).toEqual({ ...chip, x: 70 });
  });

  it("covers neither a state nor another chip", () => {
    const { boxes, routes } = settleChips(drawing("a:approved", "a:rejected"), []);
    const [first, second] = [...routes.values()].map((route) => route.chip);
    if (!first || !second) throw new Error("both edges have a chip");
    expect(overlap(first, second)).toBe(false);
    for (const box of boxes.values()) expect(overlap(box, first) || overlap(box, second)).toBe(false);
  });

  it("makes way for a line where there is room, and stays where there is none", () => {
    const line = { x: 0, y: 94, width: 200, height: 8 };
    const moved = settleChips(drawing("a:ok"), [line]).routes.get("a:ok")?.chip;
    expect(moved && overlap(moved, line)).toBe(false);
    const everywhere = { x: 0, y: 0, width: 200, height: 200 };
    expect(settleChips(drawing("a:ok"), [everywhere]).routes.get("a:ok")?.chip).toEqual({ ...chip, x: 70 });
  });
});
