import { describe, expect, it } from "vitest";
import { deliveryModel } from "./delivery/model";
import { PLANTS, type Plant } from "./delivery/plant";
import { PLANTED } from "./delivery/scenes";
import { Explorer } from "./explorer";

describe("the explorer finds what is broken on purpose", () => {
  it.each(Object.entries(PLANTS) as [Plant, string][])(
    "%s: %s",
    (plant, says) => {
      const { setting, found } = PLANTED[plant];
      const { violation, states } = new Explorer(deliveryModel({ ...setting, plant })).run();
      expect(violation?.what, `${states} states, nothing found`).toMatch(found);
      expect(violation?.trace.length).toBeGreaterThan(0);
      console.log([`${plant} (${says}): ${violation?.what}`, ...(violation?.trace ?? [])].join("\n  "));
    },
    60_000,
  );

  it.each(Object.entries(PLANTED))(
    "%s: the same scene without it is whole",
    (_plant, { setting }) => {
      const { violation, complete } = new Explorer(deliveryModel(setting)).run();
      expect(violation).toBeNull();
      expect(complete).toBe(true);
    },
    60_000,
  );
});
